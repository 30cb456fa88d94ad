"""From a link to a window that can be used, against bare Pyodide in the same browser."""
