"""Chaos on real members: `python -m tests.chaos`, or `make chaos`."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.chaos import report
from tests.chaos.members import NotThere
from tests.chaos.outcome import Options
from tests.chaos.plan import Kind
from tests.chaos.run import run
from tests.chaos.serving import ROOT, build
from transport_webrtc.session import Durability

BROWSERS = {"chromium": "ccc", "firefox": "fff", "mixed": "cfh"}
LETTERS = {"c": Kind.CHROMIUM, "f": Kind.FIREFOX, "h": Kind.HEADLESS}


def members(text: str) -> tuple[Kind, ...]:
    """Who takes part; an argument's type."""
    letters = BROWSERS.get(text, text)
    if not 3 <= len(letters) <= 5 or not set(letters) <= LETTERS.keys():
        raise argparse.ArgumentTypeError(
            f"{text!r}: give {', '.join(BROWSERS)}, or three to five letters: c for a Chromium, f "
            "for a Firefox, h for a member without a browser"
        )
    return tuple(LETTERS[letter] for letter in letters)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ends the program if it is wrong."""
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    add = parser.add_argument
    add("--minutes", type=float, default=5.0, help="of faults (%(default)s)")
    add("--steps", type=int, default=0, help="instead: so many steps of the plan")
    add("--seed", type=int, help="draws the faults; default: another one each time")
    add("--browsers", type=members, default="chromium", metavar="WHO", help=members.__doc__)
    add("--durability", type=Durability, default=Durability.DISK, choices=list(Durability))
    add("--rate", type=float, help="operations a second, of all (20, with kills 50)")
    add("--kills", type=int, default=0, help="no other faults: so often SIGKILL of one member")
    add("--kills-of-all", type=int, default=0, help="no other faults: so often SIGKILL of all")
    add("--site", type=Path, help="a site that holds the app; else one is built")
    add("--out", type=Path, help="where the report goes (a folder in build/chaos)")
    options = parser.parse_args(arguments)
    if options.kills and options.kills_of_all:
        parser.error("kill one at a time, or all: not both in one run")
    if options.kills_of_all and options.durability is Durability.BROWSER:
        parser.error(
            "SIGKILL of all at once in the mode 'browser' may lose what was acknowledged last, "
            "and does not say so: take --durability disk"
        )
    return options


async def chaos(given: argparse.Namespace) -> int:
    """Run it, write the report; the exit status."""
    # Ended by a service manager or a closed terminal it leaves nothing behind either.
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    name = f"{given.durability}-{''.join(kind[0] for kind in given.browsers)}-{seed}"
    options = Options(
        seed=seed,
        members=given.browsers,
        durability=given.durability,
        seconds=given.minutes * 60,
        steps=given.steps,
        kills=given.kills or given.kills_of_all,
        everyone=bool(given.kills_of_all),
        rate=given.rate or (50.0 if given.kills or given.kills_of_all else 20.0),
        site=given.site or await build(ROOT / "build/chaos-site"),
        out=given.out or ROOT / "build/chaos" / name,
    )
    say(f"seed {seed}")
    outcome = await run(options, say)
    page = report.write(outcome, options.out)
    for finding in outcome.judgement.findings:
        print(f"{'ok   ' if finding.holds else 'WRONG'} {finding.rule}. {finding.sentence}")
    print(f"the report: {page}")
    return 0 if outcome.judgement.holds else 1


def main(arguments: Sequence[str]) -> int:
    """Run the command: 0 all was kept, 1 something was not, 2 there was no run."""
    given = parse(arguments)
    try:
        return asyncio.run(chaos(given))
    except NotThere as error:
        print(f"chaos: {error}", file=sys.stderr)
    except subprocess.CalledProcessError:
        print("chaos: the site could not be built", file=sys.stderr)
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("chaos: broken off", file=sys.stderr)
    return 2


def say(line: str) -> None:
    """Tell a person who waits."""
    print(f"-- {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
