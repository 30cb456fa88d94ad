"""The README's own app, taken from its text, is a page that runs."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.browser.shell.conftest import wait_for
from tests.browser.site import ROOT, build, serve

README = ROOT / "packages/raft-web/README.md"


def test_the_readmes_app_runs(context: BrowserContext, tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    module, table = (
        re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[0] for kind in ("python", "toml")
    )
    app = tmp_path / "tally"
    (app / "src" / "tally").mkdir(parents=True)
    (app / "src" / "tally" / "__init__.py").write_text(module)
    (app / "pyproject.toml").write_text(table)
    with serve(build(tmp_path / "site", str(app))) as site:
        site.settings(target_size=1)
        page = context.new_page()
        page.goto(site.url(app="tally"))
        page.get_by_test_id("start").click()
        wait_for(page, "running")
        button = page.get_by_test_id("app-root").get_by_role("button")
        expect(button).to_have_text("0")
        button.click()
        expect(button).to_have_text("1")
