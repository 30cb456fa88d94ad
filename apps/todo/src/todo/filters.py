"""Which items a window shows: its route names the filter."""

from __future__ import annotations

from enum import Enum


class Filter(Enum):
    """A filter: its route after the session key, and its name on the page."""

    ALL = ("/", "All")
    ACTIVE = ("/active", "Active")
    COMPLETED = ("/completed", "Completed")

    def __init__(self, route: str, label: str) -> None:
        self.route = route
        self.label = label

    @classmethod
    def of(cls, route: str) -> Filter:
        """The filter that `route` names; any other route shows all."""
        return next((chosen for chosen in cls if chosen.route == route), cls.ALL)

    def admits(self, *, completed: bool) -> bool:
        return self is Filter.ALL or completed == (self is Filter.COMPLETED)
