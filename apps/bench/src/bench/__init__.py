"""How fast a cluster is, measured in the windows that form it."""

__version__ = "0.1.0"
