"""What `avow inspect` found, as indented lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from avow.values import printable


def outline(value: Mapping[str, Any], *, indent: int = 0) -> list[str]:
    """A JSON object as indented lines, with the values in one column; every text is made printable."""
    lines: list[str] = []
    width = max((len(key) for key, item in value.items() if not isinstance(item, dict | list)), default=0)
    for key, item in value.items():
        lead = " " * indent + printable(f"{key:<{width}}").rstrip()
        if isinstance(item, dict):
            lines += [lead, *outline(item, indent=indent + 2)]
        elif isinstance(item, list):
            lines.append(lead)
            lines += [" " * (indent + 2) + "- " + printable(_line(each)) for each in item]
        else:
            lines.append(printable(f"{' ' * indent}{key:<{width}}  {item}"))
    return lines


def _line(item: object) -> str:
    if isinstance(item, dict):
        return "  ".join(str(each) for each in item.values() if each not in (None, ""))
    return str(item)
