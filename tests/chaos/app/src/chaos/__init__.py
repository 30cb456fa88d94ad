"""The app of the chaos runs. Nothing is imported here: parts of it run outside of a page."""
