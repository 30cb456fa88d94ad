"""What a plug-in author and our own tests both use to find out what is wrong."""
