r"""Cells for spreadsheets: no text of a stranger is run as a formula, and every text comes back as it was.

Spreadsheets run a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break, and npm's names begin with
@ by right. `protect` puts an apostrophe in front of these and `restore` takes it off again, so what went out
and comes back is the same text:

- An apostrophe is put in front of a cell, and after a semicolon inside one, where what follows would be run,
  white space and quotes aside, or begins with an apostrophe itself. Inside, because a spreadsheet that
  separates by semicolons takes such a place for the start of a cell.
- A control or invisible character other than a tab becomes `\u{1b}`, its number in hexadecimal, and so do a
  backslash before `u{` and the second of two `#`: terminals act on the first, and the logs of CI systems on
  what follows a line break or two `#`.

Source: RFC 4180; OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

BOM: Final = "\ufeff"
"""The byte order mark; without it spreadsheets read the file in the code page of their country."""

_RUN: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20"
"""What starts a formula, with the full-width forms."""

_BEFORE: Final = re.compile(rf"\A(?=[\t']|[\s\"]*[{_RUN}])|(?<=;)(?='|[\s\"]*[{_RUN}])")
_PUT: Final = re.compile(r"(?:\A|(?<=;))'")
_MARKED: Final = re.compile(r"\\(?=u\{)|(?<=#)#")
_ESCAPE: Final = re.compile(r"\\u\{([0-9a-f]{1,6})\}")


def protect(cell: str) -> str:
    """`cell` as text that no spreadsheet runs; `restore` gives the same `cell` again."""
    escaped = "".join(map(_visible, _MARKED.sub(_number, cell)))
    return _BEFORE.sub("'", escaped)


def restore(cell: str) -> str:
    """What `protect` was given; a cell that it would not have written comes back as near as can be."""
    return _ESCAPE.sub(_character, _PUT.sub("", cell))


def _visible(character: str) -> str:
    if character == "\t" or not unicodedata.category(character).startswith(("C", "Zl", "Zp")):
        return character
    return f"\\u{{{ord(character):x}}}"


def _number(found: re.Match[str]) -> str:
    return f"\\u{{{ord(found[0]):x}}}"


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number <= 0x10FFFF else found[0]  # noqa: PLR2004  Unicode's last character


class CsvLine:
    """Makes the text of one record at a time; it is what csv.writer takes for a file."""

    def __init__(self) -> None:
        self._written = ""
        self._writer = csv.writer(self, lineterminator="\r\n")

    def write(self, text: str) -> None:
        """Take what the csv module makes."""
        self._written = text

    def of(self, cells: Iterable[str]) -> str:
        """The line of one record, each cell protected."""
        self._writer.writerow(map(protect, cells))
        return self._written
