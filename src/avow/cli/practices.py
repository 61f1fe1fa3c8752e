"""`avow practices`: list and explain the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from avow.catalogue.practices import load_catalogue
from avow.cli.options import Command
from avow.errors import InputInvalid


@click.command(cls=Command, epilog="Example: avow practices VUL-01")
@click.argument("practice_id", metavar="[ID]", required=False)
def practices(*, practice_id: str | None) -> None:
    """List the practices of the catalogue, or explain the practice ID."""
    catalogue = load_catalogue()
    if practice_id is None:
        for group, title in catalogue.groups.items():
            click.echo(click.style(f"{group}  {title}", bold=True))
            for practice in catalogue.practices:
                if practice.group == group:
                    click.echo(f"  {practice.id}  {practice.title}")
        return
    found = catalogue.practice(practice_id.upper())
    if found is None:
        near = catalogue.nearest(practice_id)
        raise InputInvalid(
            f"unknown practice {practice_id}",
            hint=f"did you mean {near}?" if near else "run avow practices for the list",
        )
    from avow.report.practices import explain  # noqa: PLC0415  only here

    click.echo(click.style(f"{found.id}  {found.title}", bold=True))
    for line in explain(found, catalogue, today=datetime.now(UTC).date()):
        click.echo(line)
