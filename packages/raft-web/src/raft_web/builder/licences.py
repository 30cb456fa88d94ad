"""The licences of everything that the site serves, in one text."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Sequence
from email.parser import Parser
from pathlib import Path
from typing import NamedTuple

_NAMES = ("license", "licence", "copying", "notice")


class Part(NamedTuple):
    """Something by others, or by us, that is served."""

    name: str
    version: str
    licence: str
    home: str
    texts: tuple[str, ...]


def npm_part(folder: Path) -> Part:
    """A package in `node_modules`."""
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    repository = package.get("repository", "")
    return Part(
        package["name"],
        package["version"],
        str(package.get("license", "see its text")),
        repository.get("url", "") if isinstance(repository, dict) else str(repository),
        tuple(
            path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(folder.iterdir())
            if path.is_file() and path.name.lower().startswith(_NAMES)
        ),
    )


def npm_package_of(file: Path) -> Path | None:
    """The folder of the npm package that a file belongs to."""
    for folder in file.parents:
        if (folder / "package.json").is_file() and "node_modules" in folder.parts:
            return folder
    return None


def wheel_part(wheel: Path) -> Part:
    """A wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        fields = Parser().parsestr(archive.read(metadata).decode())
        folder = metadata.rpartition("/")[0]
        texts = [
            archive.read(name).decode(errors="replace")
            for name in sorted(names)
            if name.startswith(f"{folder}/") and name.rpartition("/")[2].lower().startswith(_NAMES)
        ]
    urls = [str(url).partition(", ")[2] for url in fields.get_all("Project-URL", [])]
    return Part(
        str(fields["Name"]),
        str(fields["Version"]),
        str(fields["License-Expression"] or fields["License"] or "see its text").splitlines()[0],
        str(fields["Home-page"] or (urls[0] if urls else "")),
        tuple(texts),
    )


def licences_text(parts: Iterable[Part], standard: Sequence[str] = ()) -> str:
    """All parts, a section each; `standard` are further lines for the top."""
    sections = ["What this site serves, and under which licences\n", *standard]
    for part in parts:
        title = f"{part.name} {part.version}: {part.licence}"
        lines = ["=" * len(title), title, "=" * len(title)]
        if part.home:
            lines.append(part.home)
        sections.append("\n".join([*lines, "", *part.texts]))
    return "\n\n".join(sections).rstrip() + "\n"
