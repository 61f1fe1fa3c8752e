"""Arguments that several commands take, and how they are read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import click

from avow.catalogue.practices import Catalogue
from avow.declaration.avow_yaml import Declaration, parse_declaration
from avow.files import read_bounded
from avow.values import latest_date_on_earth

MAX_DECLARATION_BYTES: Final = 1024 * 1024
"""Larger declarations are refused; forty practices with their evidence stay below 50 kB."""

DEFAULT_DECLARATION: Final = Path("avow.yaml")

EXISTING: Final = click.Path(path_type=Path, exists=True)
EXISTING_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


def read_declaration(path: Path, *, catalogue: Catalogue, now: datetime) -> Declaration:
    """The declaration in `path`; dates after the latest calendar day on earth are in the future.

    Raises:
        InputInvalid: the file can't be read, or has errors; carries all of them.
    """
    return parse_declaration(
        read_bounded(path, max_bytes=MAX_DECLARATION_BYTES),
        source=str(path),
        catalogue=catalogue,
        today=latest_date_on_earth(now),
    )


class StoreLocation(click.ParamType[str]):
    """A path of this machine that exists, or a URI of a store (`avow.stores.STORES`)."""

    name = "path or URI"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The location as given; whether a URI can be read is found out when it is opened."""
        return value if "://" in value else str(EXISTING.convert(value, param, ctx))
