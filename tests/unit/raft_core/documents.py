"""The tables of docs/, to compare with what the code says."""

import re
from pathlib import Path

import msgspec
from msgspec import NODEFAULT

DOCS = Path(__file__).resolve().parents[3] / "docs"


def documented(name: str) -> dict[tuple[int, str], list[str]]:
    """The rows `| tag | Name | fields | ...` of a document: its fields, by tag and name."""
    rows = re.findall(r"^\| (\d+) \| (\w+) \| ([^|]*) \|", (DOCS / name).read_text(), re.MULTILINE)
    return {(int(tag), title): fields.split(", ") if fields else [] for tag, title, fields in rows}


def tag_of(kind: type[msgspec.Struct]) -> int:
    tag = kind.__struct_config__.tag
    assert isinstance(tag, int)
    return tag


def fields_of(kind: type[msgspec.Struct]) -> list[str]:
    """The fields in the order of the wire, with their defaults."""
    return [
        field.name if field.default is NODEFAULT else f"{field.name} = {field.default}"
        for field in msgspec.structs.fields(kind)
    ]
