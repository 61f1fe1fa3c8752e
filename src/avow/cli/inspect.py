"""`avow inspect`: show the content of a bundle."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from avow.cli.options import EXISTING_FILE
from avow.transparency.trusted_root import load_root
from avow.values import printable


@click.command(
    epilog="Example: avow inspect acmelib-2.4.1.practices.sigstore.json --trusted-root trusted_root.json"
)
@click.argument("bundle", type=EXISTING_FILE)
@click.option(
    "--trusted-root",
    type=EXISTING_FILE,
    help="Also verify the bundle against this root; the signer is not checked.",
)
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Output format. Default: text.",
)
def inspect(*, bundle: Path, trusted_root: Path | None, format_: str) -> int:
    """Show the content of BUNDLE: what it claims and what its certificate says, kept apart.

    The output is not a verdict. Without --trusted-root nothing is verified, and every line may be forged.
    """
    from avow.verification.inspection import look  # noqa: PLC0415  imports sigstore

    root = load_root(trusted_root) if trusted_root else None
    seen = look(bundle, root=root, now=datetime.now(UTC))
    if format_ == "json":
        click.echo(json.dumps(seen, indent=2))
    else:
        click.echo("\n".join(_outline(seen)))
    return 0


def _outline(value: Any, *, indent: int = 0) -> list[str]:
    """A JSON object as indented lines, with the values in one column."""
    lines: list[str] = []
    width = max((len(key) for key, item in value.items() if not isinstance(item, dict | list)), default=0)
    for key, item in value.items():
        lead = " " * indent + printable(f"{key:<{width}}").rstrip()
        if isinstance(item, dict):
            lines += [lead, *_outline(item, indent=indent + 2)]
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
