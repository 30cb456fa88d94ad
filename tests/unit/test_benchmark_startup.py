"""The table of the start-up benchmark: ratios are those of visits in the same round."""

from benchmarks.startup.report import FLOOR, Figure, Machine, Report, table
from benchmarks.startup.visits import Visit


def visits(*walls: float) -> list[Visit]:
    return [Visit(wall, wall / 2, 2_500_000, 7, {"raft-python": wall - 0.25}) for wall in walls]


def test_each_visit_is_compared_with_the_floor_of_its_round() -> None:
    figures = []
    for temperature in ("cold", "warm"):
        # The machine was ten times as slow in one round, for both.
        figures.append(Figure(temperature, FLOOR, visits(1.0, 10.0, 1.0)))
        figures.append(Figure(temperature, "ours", visits(1.5, 15.0, 1.25)))
    report = Report(Machine("Chromium 1", 2, (0.5, 1.5), None), figures)
    lines = table(report).splitlines()
    assert "medians of 3 rounds, in turn" in lines
    (cold, warm) = (line for line in lines if line.startswith("  ours"))
    assert cold.split() == warm.split()
    assert " ".join(cold.split()) == "ours 1.50 (1.25 to 15.00) 1.50 0.75 1.50 2.50 7"
    assert "  warm, ours: raft-python 1.25" in lines
