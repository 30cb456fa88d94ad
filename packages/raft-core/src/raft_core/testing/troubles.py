"""Which troubles of a history happen: all that chance brings, or a chosen few of them.

Every trouble has a name that says what and the how manieth of its kind it is (``crash.3``,
``lost.a.b.17``), and chance of its own, drawn from the seed and that name. So one can be left out,
and the others stay what they were, as far as the changed history lets them: this is how a failure
is made small (see ``shrinking``).
"""

from collections.abc import Callable, Collection
from random import Random


class Troubles:
    """Those of one history.

    :param only: the names of those that may happen; None: any
    :param tell: called with the name of each that happens, for a trace
    """

    def __init__(
        self,
        seed: int,
        only: Collection[str] | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.seed = seed
        self._only = None if only is None else frozenset(only)
        self._tell = tell
        self.happened: dict[str, None] = {}
        """The names of those that did, in the order of time."""

    def happens(self, name: str) -> bool:
        """Whether this one, which chance has chosen, may happen."""
        if self._only is not None and name not in self._only:
            return False
        self.happened[name] = None
        if self._tell is not None:
            self._tell(name)
        return True

    def chance(self, name: str) -> Random:
        """The chance of one trouble: the same whatever else happens."""
        return Random(f"{self.seed} {name}")
