"""Makes an app a web page: a site builder on the host, a page shell in the browser.

Nothing is imported here, because the two halves live on different interpreters: `raft_web.builder`
on the host, `raft_web.shell` in Pyodide. `raft_web.app` holds the two types an app needs.
"""

__version__ = "0.1.0"
