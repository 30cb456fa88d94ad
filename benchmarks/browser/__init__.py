"""What a write costs in browser windows, beside what the browser itself allows."""
