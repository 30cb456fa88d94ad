"""axe-core finds nothing serious on the page of a running cluster, in any shape it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import SHAPES, look

if TYPE_CHECKING:
    from tests.browser.cluster.conftest import Cluster


@pytest.mark.early
def test_axe_finds_nothing_serious_in_a_running_cluster(cluster: Cluster) -> None:
    first, second, third = cluster.windows
    found = {f"empty {shape}": look(first.page, *shape) for shape in SHAPES}
    first.add("something to do")
    first.add("something done")
    first.page.locator(".toggle").last.check()
    expect(first.pending).to_have_count(0)
    found |= {f"items {shape}": look(first.page, *shape) for shape in SHAPES}
    first.fact("term")  # opens the panel
    found |= {f"panel {shape}": look(first.page, *shape) for shape in SHAPES}
    second.close()
    third.close()
    first.type("waiting for the others")
    expect(first.by_id("banner")).to_be_visible()
    found |= {f"alone {shape}": look(first.page, *shape) for shape in SHAPES}
    assert {state: problems for state, problems in found.items() if problems} == {}
