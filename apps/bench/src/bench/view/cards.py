"""Draws the cards of the members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.cards import Card
from bench.view.dom import Look, Words, panel
from raft_web.elements import make


class CardsView:
    """A list of cards, made anew when other members or other facts are to be shown."""

    def __init__(self) -> None:
        self._list = make("ul", "cards", data_testid="cards")
        self.element = panel("Members", self._list, id_="members")
        self._shape: object = None
        self._words: dict[tuple[str, str], Words] = {}
        self._meters: dict[str, Any] = {}
        self._lamps: dict[str, Any] = {}
        self._look = Look()

    def show(self, cards: Sequence[Card]) -> None:
        """Show these."""
        shape = [(card.member, [label for label, _ in card.rows]) for card in cards]
        if shape != self._shape:
            self._shape = shape
            self._words.clear()
            self._look = Look()
            self._list.replaceChildren(*(self._make(card) for card in cards))
        for card in cards:
            self._fill(card)

    def _make(self, card: Card) -> Any:
        lamp = self._lamps[card.member] = make("span", "lamp", aria_hidden="true")
        meter = self._meters[card.member] = make("span", "")
        facts = make("dl", "")
        for label, _ in card.rows:
            facts.append(make("dt", "", label), self._cell(card, label, "dd"))
        head = make(
            "h3", "", lamp, self._cell(card, "title"), self._cell(card, "role", "span", "role")
        )
        return make(
            "li",
            "card",
            head,
            self._cell(card, "note", "p", "quiet"),
            facts,
            make("div", "meter", meter, aria_hidden="true"),
            self._cell(card, "run", "p", "measures"),
            data_member=card.member,
        )

    def _cell(self, card: Card, name: str, tag: str = "span", class_name: str = "") -> Any:
        words = self._words[card.member, name] = Words(
            make(tag, class_name, data_fact=name.lower())
        )
        return words.element

    def _fill(self, card: Card) -> None:
        member, words = card.member, self._words
        for name, text in (
            ("title", card.title),
            ("role", card.role),
            ("note", card.note),
            ("run", card.run),
            *card.rows,
        ):
            words[member, name].say(text)
        self._look.set(member, self._lamps[member], "class", f"lamp {card.level}")
        share = f"width: {card.storage * 100:.1f}%"
        self._look.set(member, self._meters[member], "style", share)
