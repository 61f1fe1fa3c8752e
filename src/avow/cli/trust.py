"""`avow trust`: show and pin trusted roots."""

from __future__ import annotations

import json
from pathlib import Path

import click

from avow.cli.options import EXISTING_FILE, Command
from avow.errors import InputInvalid
from avow.files import write_atomically
from avow.transparency.trusted_root import TrustedRootFile, embedded_root, load_root
from avow.values import printable


@click.group(invoke_without_command=True, epilog="Example: avow trust show trusted_root.json")
@click.pass_context
def trust(context: click.Context) -> None:
    """Show and pin trusted roots.

    Without a command, show the public-good root that is part of the sigstore package.
    """
    if context.invoked_subcommand is None:
        _list_root(embedded_root())


@trust.command(
    "show",
    cls=Command,
    short_help="List the keys in a trusted root.",
    epilog="Example: avow trust show trusted_root.json",
)
@click.argument("root", type=EXISTING_FILE, required=False)
def show(*, root: Path | None) -> None:
    """List the keys in ROOT (default: the public-good root that is part of the sigstore package)."""
    _list_root(load_root(root) if root else embedded_root())


@trust.command(
    "pin",
    cls=Command,
    short_help="Print the lines that pin a trusted root in a policy.",
    epilog="Example: avow trust pin --output trusted_root.json",
)
@click.argument("root", type=EXISTING_FILE, required=False)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write a copy of the root to this file."
)
def pin(*, root: Path | None, output: Path | None) -> None:
    """Print the lines that pin ROOT in the `trust` section of a policy; --output writes a copy.

    Run `avow trust show` first: if you pin a root, you trust every key in it. In a policy, the path of the
    root is relative to the policy file.
    """
    loaded = load_root(root) if root else embedded_root()
    if output:
        if output.exists() and load_root(output).data != loaded.data:
            raise InputInvalid(
                f"{output} already exists and contains another root",
                hint="compare both with avow trust show; then choose another path, or move the old file away",
            )
        write_atomically(output, loaded.data)
    path = output or root
    if path is None:
        raise InputInvalid(
            "a policy needs the built-in root as a file",
            hint="write it to one: avow trust pin --output trusted_root.json",
        )
    name = "sandbox" if loaded.is_sandbox else "public-good" if root is None else "root"
    click.echo("trust:")
    click.echo(f"  {name}:")
    click.echo(f"    root: {json.dumps(str(path))}")
    click.echo(f"    sha256: {loaded.sha256}")


def _list_root(root: TrustedRootFile) -> None:
    note = "  (a local sandbox, for tests only: its keys are not protected)" if root.is_sandbox else ""
    click.echo(printable(f"{root.source}  sha256:{root.sha256}"))
    click.echo(printable(f"authorities of {root.organisation}{note}"))
    for service in root.services:
        window = f"{_day(service.start)} to {_day(service.end) if service.end else 'open'}"
        line = f"  {service.kind:5}  {window:24}  {service.identifier[:16]}…  {service.name}"
        click.echo(printable(line))


def _day(moment: str) -> str:
    """The date of a timestamp; the file has the time to the second."""
    return moment.partition("T")[0]
