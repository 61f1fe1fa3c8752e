"""The bytes of one SBOM as the user gave them, and what every reader asks about them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NoReturn

from avow.errors import InputInvalid, Problem
from avow.formats.json_document import MAX_BYTES, read_json, utf_8_of

MAX_DEPTH: Final = 64
"""Nesting of objects or elements; components nested 30 levels deep have 62."""

MAX_ENTRIES: Final = 1_000_000
"""Elements of one document that count. The largest SBOMs known to us have 100,000."""

HEAD_BYTES: Final = 64 * 1024
"""What is looked at to recognise a format."""

EXPORT_AGAIN: Final = "export the SBOM again; if it fails again, report it to the tool that wrote it"


@dataclass(frozen=True)
class Given:
    """A file or standard input, whose format is not known yet."""

    data: bytes = field(repr=False)
    source: str
    """How the user named it; for messages."""

    decoded: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    """What a format made of the bytes when it was asked whether it knows them, by its name."""

    @cached_property
    def sha256(self) -> str:
        """Of the bytes as they were given."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def text(self) -> bytes:
        """As UTF-8, without a byte order mark; not checked, and not the text of an archive.

        Raises:
            InputInvalid: UTF-32, or broken UTF-16.
        """
        return utf_8_of(self.data, source=self.source)

    @cached_property
    def head(self) -> bytes:
        """The beginning of the text, without blanks before it."""
        return self.text[:HEAD_BYTES].lstrip()

    @cached_property
    def json(self) -> Any:
        """The JSON value; `None` if the text does not begin as JSON does.

        Raises:
            InputInvalid: it begins as JSON and is none, with the place.
        """
        if not self.head.startswith((b"{", b"[")):
            return None
        return read_json(self.data, source=self.source, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)

    @property
    def object(self) -> dict[str, Any]:
        """The JSON object; empty if the document is something else."""
        return self.json if isinstance(self.json, dict) else {}

    def refuse(self, message: str, *, line: int = 0, column: int = 0, hint: str = EXPORT_AGAIN) -> NoReturn:
        """Refuse the whole document.

        Raises:
            InputInvalid: always, with the place if there is one.
        """
        problem = Problem(self.source, line, column, message, hint)
        raise InputInvalid(
            f"{problem.place}: {message}", problems=(problem,), hint=hint, location=problem.place
        )

    def refuse_too_many(self, entries: int) -> None:
        """Refuse a document with more entries than are read: a part of it would look like all of it.

        Raises:
            InputInvalid: if there are too many.
        """
        if entries > MAX_ENTRIES:
            self.refuse(f"more than {MAX_ENTRIES} entries", hint="split the SBOM, for instance by product")
