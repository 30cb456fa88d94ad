"""The builder: makes a static site of apps. Runs on the host only; needs the extra `build`."""
