"""Arguments that several commands share, and their readers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

DEFAULT_DECLARATION: Final = Path("avow.yaml")

EXISTING: Final = click.Path(path_type=Path, exists=True)
EXISTING_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


class StoreLocation(click.ParamType[str]):
    """A path of this machine that exists, or a URI of a store (`avow.stores.STORES`)."""

    name = "path or URI"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The location as given; whether a URI can be read is found out when it is opened."""
        return value if "://" in value else str(EXISTING.convert(value, param, ctx))
