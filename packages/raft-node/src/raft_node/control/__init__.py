"""How commands talk to a running member: a Unix socket in its data directory.

A line of JSON asks, a line of JSON answers (`requests`); `server` is the member's end, `client` the
command's. Who may open the data directory may command the member; nobody else can reach it.
"""
