"""The HTML of the site, from two templates: a page an app, and the front page."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from raft_web.builder.project import App

PARTS = ("boot.mjs", "icon.svg", "member.css", "python.mjs", "shell.css", "ticker.js")
"""What every page shares, beside the templates."""


def static_part(name: str) -> bytes:
    """A file of the package's `static` folder."""
    return (resources.files("raft_web") / "static" / name).read_bytes()


def app_page(
    app: App,
    static: str,
    config: Mapping[str, Any],
    *,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    preloads: Sequence[str] = (),
) -> str:
    """The page of an app. `static`, `styles`, `scripts` and `preloads` are relative URLs."""
    links = "\n".join(
        # Off until the app is shown: it may address `body`, and the shell's own screens come first.
        f'<link rel="stylesheet" href="{html.escape(style)}" media="not all" data-app-style>'
        for style in styles
    )
    # Whenever they come: Python takes longer, and does not wait for them.
    code = "\n".join(f'<script async src="{html.escape(script)}"></script>' for script in scripts)
    return _fill(
        "page.html",
        title=html.escape(app.title),
        description=html.escape(app.description),
        static=html.escape(static),
        styles=links,
        preloads="\n".join(_preload(url) for url in preloads),
        scripts=code,
        # Inside a script element only this could end it early.
        config=json.dumps(config).replace("<", "\\u003c"),
    )


def front_page(apps: Sequence[App], static: str) -> str:
    """The page at `/`."""
    entries = "\n".join(
        f'<li><a href="{html.escape(app.name)}/">{html.escape(app.title)}'
        + (f"<small>{html.escape(app.description)}</small>" if app.description else "")
        + "</a></li>"
        for app in apps
    )
    return _fill("front.html", static=html.escape(static), apps=entries)


def _preload(url: str) -> str:
    """Have the browser fetch what the page will want, before a script asks for it."""
    kind = "modulepreload" if url.endswith(".mjs") else "preload"
    how = "" if kind == "modulepreload" else ' as="fetch" crossorigin'
    return f'<link rel="{kind}" href="{html.escape(url)}"{how}>'


def _fill(template: str, **values: str) -> str:
    text = static_part(template).decode()
    for name, value in values.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text
