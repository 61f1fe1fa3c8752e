"""Arguments that several commands share, and their readers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import click

DEFAULT_DECLARATION: Final = Path("avow.yaml")

EXISTING: Final = click.Path(path_type=Path, exists=True)
EXISTING_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


class Command(click.Command):
    """A command that refuses an option which is given twice; click would take the last one and say nothing.

    Of two policies, or two identities, one would be ignored, and the user believes that both are enforced.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click.

        Raises:
            click.UsageError: an option that has one value is given more than once.
        """
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for parameter, times in Counter(given).items():
            if (
                times > 1
                and isinstance(parameter, click.Option)
                and not (parameter.multiple or parameter.is_flag)
            ):
                ctx.fail(f"{parameter.opts[0]} is given {times} times; it has one value")
        return super().parse_args(ctx, args)


class StoreLocation(click.ParamType[str]):
    """A path of this machine that exists, or a URI of a store (`avow.stores.STORES`)."""

    name = "path or URI"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The location as given; whether a URI can be read is found out when it is opened."""
        if value == "-":
            self.fail("standard input is not read; name the file", param, ctx)
        return value if "://" in value else str(EXISTING.convert(value, param, ctx))
