"""Runs a script, and says where a file differs from what it should be."""

from collections.abc import Iterator
from difflib import unified_diff
from inspect import getdoc
from pathlib import Path

from raft_core.errors import RaftError
from raft_core.testing.scripts.commands import COMMANDS
from raft_core.testing.scripts.stage import Stage

INDENT = "  "


class ScriptFailed(AssertionError):
    """A file's answers are not what its commands give, or a command is none."""


def run(text: str) -> str:
    """The script with the answers that its commands give now; those in ``text`` count for nothing.

    :raises ScriptFailed: a line is no command; it names the line
    """
    stage = Stage()
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(INDENT):
            continue
        lines.append(line.rstrip())
        if not line.strip() or line.startswith("#"):
            continue
        try:
            lines += [INDENT + each for each in _answer(stage, line)]
        except (ValueError, LookupError) as error:
            usage = getdoc(COMMANDS.get(line.split()[0])) or ""
            raise ScriptFailed(f"line {number}, {line!r}: {error}. {usage}".rstrip()) from error
    return "\n".join(lines) + "\n"


def _answer(stage: Stage, line: str) -> Iterator[str]:
    """Carry out one command. An error of the algorithm's is an answer like any other."""
    name, *given = line.split()
    command = COMMANDS.get(name)
    if command is None:
        raise ValueError(f"there is no command {name!r}, but {', '.join(COMMANDS)}")
    try:
        yield from command(stage, given)
    except RaftError as error:
        yield f"! {type(error).__name__}: {error}"
    yield from stage.news()


def check(path: Path, *, rewrite: bool = False) -> None:
    """Compare a script's file with what its commands give now; ``rewrite`` it instead.

    :raises ScriptFailed: with the difference, and how to rewrite the file if it is right
    """
    before = path.read_text(encoding="utf-8")
    try:
        after = run(before)
    except ScriptFailed as error:
        raise ScriptFailed(f"{path.name}, {error}") from error.__cause__
    if before == after:
        return
    if rewrite:
        path.write_text(after, encoding="utf-8")
        return
    difference = unified_diff(
        before.splitlines(),
        after.splitlines(),
        "what the script expects",
        "what happens",
        lineterm="",
    )
    raise ScriptFailed(
        f"{path.name}: what happens is not what is expected. If it is right, run the same test "
        "with --rewrite and read what changes.\n" + "\n".join(difference)
    )
