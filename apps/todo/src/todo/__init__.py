"""TodoMVC, replicated: `state` is what all members share, `page` is how one window shows it."""

__version__ = "0.1.0"
