"""The same seed is the same history, byte for byte."""

import os
import subprocess
import sys

import pytest


def replay(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "raft_core.testing", *arguments],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("profile", ["churn", "five"])
def test_a_history_does_not_depend_on_the_order_of_hashes(profile: str) -> None:
    one, other = (
        replay("11", "--profile", profile, "--trace", hash_seed=seed) for seed in ("1", "2")
    )
    assert one.returncode == 0, one.stderr
    assert one.stdout.count("\n") > 400
    assert one.stdout == other.stdout


def test_another_seed_is_another_history() -> None:
    one, other = (replay(seed, "--profile", "calm", "--trace").stdout for seed in ("1", "2"))
    assert one.splitlines()[:200] != other.splitlines()[:200], "the first lines name no seed"


def test_steps_and_profile_are_taken() -> None:
    answer = replay("3", "--profile", "calm", "--steps", "50").stdout
    assert answer.startswith("seed 3, profile calm: ")
    assert int(answer.split(": ")[1].split(" steps")[0]) < 400


def test_an_unknown_profile_is_refused() -> None:
    answer = replay("3", "--profile", "stormy")
    assert answer.returncode == 2
    assert "stormy" in answer.stderr


def test_chosen_troubles_are_taken() -> None:
    answer = replay("3", "--profile", "crashing", "--only", "crash.1,write.1").stdout
    assert ", 1 crash, " in answer
    assert "reload" not in answer
    assert replay("3", "--profile", "crashing", "--only", "nothing").returncode == 0


def test_a_campaign_is_run() -> None:
    answer = replay("campaign", "--seeds", "20", "--steps", "40", "--profile", "lossy")
    assert answer.returncode == 0, answer.stderr
    assert "20 histories of lossy" in answer.stdout
    assert "0 failed" in answer.stdout
