"""Draws the links between the members as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.matrix import SELF, Cell
from bench.view.dom import panel
from raft_web.elements import make


class MatrixView:
    """A table, made anew when something in it changed: it has nine cells and changes seldom."""

    def __init__(self) -> None:
        self._table = make("table", "", data_testid="matrix")
        self.element = panel(
            "Links",
            make(
                "div",
                "scroll",
                self._table,
                tabindex="0",
                role="region",
                aria_label="Links between the members",
            ),
            id_="links",
        )
        self._shown: object = None

    def show(self, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Show a row a member; `names` are theirs."""
        model = (tuple(names), tuple(map(tuple, rows)))
        if model == self._shown:
            return
        self._shown = model
        head = make(
            "tr",
            "",
            make("th", "", "from \N{RIGHTWARDS ARROW} to", scope="col"),
            *(make("th", "", name, scope="col") for name in names),
        )
        body = [
            make("tr", "", make("th", "", name, scope="row"), *map(_cell, row))
            for name, row in zip(names, rows, strict=True)
        ]
        self._table.replaceChildren(make("thead", "", head), make("tbody", "", *body))


def _cell(cell: Cell) -> Any:
    if cell == SELF:
        return make("td", "self", make("span", "unseen", "itself"))
    state = make("span", f"state {cell.level}", cell.state)
    return make("td", "", state, f" {cell.trip}", make("small", "", cell.facts))
