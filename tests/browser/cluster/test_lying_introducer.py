"""A person whose introducer lies learns why nobody comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.liar import Liar, truth, unsigned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.cluster.window import Window
    from tests.browser.introducer import IntroducerProcess
    from tests.browser.site import Site


@pytest.fixture
def liar(introducer: IntroducerProcess, site: Site) -> Iterator[Liar]:
    """The introducer that all pages are told of."""
    liar = Liar(introducer.url)
    site.settings(introducer=liar.url.replace("127.0.0.1", "{hostname}"))
    yield liar
    liar.close()


def test_lies_are_told_to_a_person_and_the_truth_makes_a_cluster(
    windows: list[Window], liar: Liar
) -> None:
    liar.lie = unsigned
    first, *others = windows
    first.open()
    links = first.start_cluster()
    for window in others:
        window.follow(next(link for link in links if link.startswith(window.origin)))
    for window in windows:
        message = window.by_id("message").first
        expect(message).to_contain_text("without proof that it knows this session's key")
        expect(message).to_contain_text("the introducer changes what members say")
        window.wait_for("waiting")
    liar.lie = truth
    for window in windows:
        window.wait_for("running")
        window.expect_safe()
