"""Arguments that several commands share, and their readers."""

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
"""Larger declarations are refused; forty practices with their evidence need less than 50 kB."""

DEFAULT_DECLARATION: Final = Path("avow.yaml")

EXISTING: Final = click.Path(path_type=Path, exists=True)
EXISTING_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


def read_declaration(path: Path, *, catalogue: Catalogue, now: datetime) -> Declaration:
    """The declaration in `path`; its dates may not be later than today in the earliest time zone.

    Raises:
        InputInvalid: the file can't be read, or has errors; with all of them.
    """
    return parse_declaration(
        read_bounded(path, max_bytes=MAX_DECLARATION_BYTES),
        source=str(path),
        catalogue=catalogue,
        today=latest_date_on_earth(now),
    )
