"""A history as a picture of characters, for tests: a line a client, time to the right.

    a  |--put 1 = -----|     |-get = 2-|
    b          |-put 2 = 1------|

An operation runs from its first bar to its second; without a second one nobody saw it end. ``-`` is
an absent value, so ``= -`` is None.
"""

import re
from textwrap import dedent

from raft_core.keyvalue import CompareAndSet, Delete, Put
from raft_core.testing.linearizability import Get, Operation
from raft_core.testing.linearizability.models import KeyValueInput

KeyValueOperation = Operation[KeyValueInput, str | None]


def history(text: str, key: str = "x") -> list[KeyValueOperation]:
    found: list[KeyValueOperation] = []
    for line in dedent(text).strip().splitlines():
        client = line.split()[0]
        bars = [match.start() for match in re.finditer(r"\|", line)]
        for first, last in zip(bars[::2], [*bars[1::2], None], strict=False):
            words = line[first + 1 : last].replace("-", " ").split()
            wanted, _, output = " ".join(words).partition("=")
            found.append(
                Operation(
                    client, key, _input(wanted.split(), key), output.strip() or None, first, last
                )
            )
    return found


def _input(words: list[str], key: str) -> KeyValueInput:
    values = [None if word == "none" else word for word in words[1:]]
    if words[0] == "put":
        return Put(key, words[1])
    if words[0] == "cas":
        return CompareAndSet(key, values[0], words[2])
    return Delete(key) if words[0] == "delete" else Get(key)
