"""Finds the State to replicate: by its name among what is installed, or as `module:Class`.

A package offers its State by an entry point:

    [project.entry-points."raft_node.states"]
    todo = "todo.state:TodoState"
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from raft_core import State
from raft_node.errors import UnknownState

GROUP: Final = "raft_node.states"


def installed_states() -> dict[str, str]:
    """`module:Class` by the name of each State that is installed."""
    return {found.name: found.value for found in entry_points(group=GROUP)}


def find_state(name: str) -> State[Any, Any]:
    """Make a new, empty state: `name` is that of an entry point, or `module:Class`.

    Modules in the current directory are found, as `python -m` finds them.

    :raises UnknownState: with what can be done about it
    """
    installed = installed_states()
    place = installed.get(name, name)
    module_name, colon, path = place.partition(":")
    if not colon or not module_name or not path:
        known = ", ".join(sorted(installed)) or "none"
        raise UnknownState(
            f"no State is named {name!r}: give module:Class, or one that is installed ({known})"
        )
    found: Any = _module(module_name, place)
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise UnknownState(f"{place}: module {module_name} has no {path}") from None
    if not callable(found):
        raise UnknownState(f"{place} is no class, nor anything else that makes a State")
    try:
        state = found()
    except Exception as error:
        raise UnknownState(f"{place} cannot be made without arguments: {_told(error)}") from error
    if not callable(getattr(state, "apply", None)):
        raise UnknownState(f"{place} makes no State: it has no method apply(self, command)")
    made: State[Any, Any] = state
    return made


def place_of(state: object) -> str:
    """`module:Class` of a state: what is written into its data directory."""
    return f"{type(state).__module__}:{type(state).__qualname__}"


def _module(name: str, place: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise UnknownState(
                f"{place}: there is no module {error.name} here or among what is installed"
            ) from error
        raise UnknownState(f"{place}: module {name} needs {error.name}: install that") from error
    except Exception as error:
        raise UnknownState(f"{place}: module {name} fails to load: {_told(error)}") from error


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
