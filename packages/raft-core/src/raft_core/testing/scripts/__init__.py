"""Scenarios as text: commands for a few members, and below each what came of it.

    # A follower that was away gets what it missed.
    members a b c
    campaign a
      a leader, term 2, vote a, leader a, log 1 2, commit 0
      ...
    crash c
      c is down
    propose a x=1
      write 1 at a

A line that begins with a letter is a command, one that is indented the answer to the command above,
``#`` a comment. The answers are written by the runner: ``run`` gives the text as it should be, and
``check`` compares a file with that, or rewrites it. A person reads the difference, and judges.

Everything happens on ``raft_core.testing.theatre``: time and messages stand still unless the script
moves them. ``COMMANDS`` has every command with its words; an answer shows what the command made
different, a line a member.
"""

from raft_core.testing.scripts.commands import COMMANDS
from raft_core.testing.scripts.running import ScriptFailed, check, run

__all__ = ["COMMANDS", "ScriptFailed", "check", "run"]
