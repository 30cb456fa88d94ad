"""Raft consensus in plain Python, the same in CPython and in a browser's Pyodide."""
