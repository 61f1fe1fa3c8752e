"""`avow trust`: show and pin trusted roots."""

from __future__ import annotations

import json
from pathlib import Path

import click

from avow.cli.options import EXISTING_FILE
from avow.errors import InputInvalid
from avow.files import write_atomically
from avow.transparency.trusted_root import TrustedRootFile, embedded_root, load_root
from avow.values import printable


@click.group(invoke_without_command=True)
@click.pass_context
def trust(context: click.Context) -> None:
    """Show and pin trusted roots; without a command, show the public-good root of the sigstore package."""
    if context.invoked_subcommand is None:
        _list_root(embedded_root())


@trust.command("show", short_help="List the keys in a trusted root.")
@click.argument("root", type=EXISTING_FILE, required=False)
def show(*, root: Path | None) -> None:
    """List the keys in ROOT (default: the public-good root that comes with the sigstore package)."""
    _list_root(load_root(root) if root else embedded_root())


@trust.command("pin", short_help="Print the lines that pin a trusted root in a policy.")
@click.argument("root", type=EXISTING_FILE, required=False)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Copy the root here.")
def pin(*, root: Path | None, output: Path | None) -> None:
    """Print the lines that pin ROOT in a policy's `trust`, and write a copy with --output.

    Look at `avow trust show` first: pinning is a decision to trust every key in it. A policy looks for the
    file from where it lies itself.
    """
    loaded = load_root(root) if root else embedded_root()
    if output:
        if output.exists() and load_root(output).data != loaded.data:
            raise InputInvalid(
                f"{output} is already there and holds another root",
                hint="look at both with avow trust show, then move it away",
            )
        write_atomically(output, loaded.data)
    path = output or root
    if path is None:
        raise InputInvalid(
            "the built-in root is no file yet", hint="write it with --output trusted_root.json"
        )
    name = "sandbox" if loaded.is_sandbox else "public-good" if root is None else "root"
    click.echo("trust:")
    click.echo(f"  {name}:")
    click.echo(f"    root: {json.dumps(str(path))}")
    click.echo(f"    sha256: {loaded.sha256}")


def _list_root(root: TrustedRootFile) -> None:
    note = "  (a local sandbox: for rehearsals only)" if root.is_sandbox else ""
    click.echo(printable(f"{root.source}  sha256:{root.sha256}"))
    click.echo(printable(f"authorities of {root.organisation}{note}"))
    for service in root.services:
        window = f"{_day(service.start)} to {_day(service.end) if service.end else 'open'}"
        line = f"  {service.kind:5}  {window:24}  {service.identifier[:16]}…  {service.name}"
        click.echo(printable(line))


def _day(moment: str) -> str:
    """The date of a timestamp; to the second it stands in the file."""
    return moment.partition("T")[0]
