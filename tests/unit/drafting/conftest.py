"""Tests a reader by what it yields for a text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from avow.drafting.found import Document, Reading
from avow.values import thaw

TODAY = date(2026, 11, 22)

Reader = Callable[[Document, date], Reading]


class Yield:
    """One reading, with shortcuts for tests."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def fact(self, practice: str, fact: str) -> list[Any]:
        """The values given for one fact, in order."""
        return [thaw(f.value) for f in self.reading.found if (f.practice, f.fact) == (practice, fact)]

    def lines(self, practice: str, fact: str) -> list[str]:
        """The origins of the values of one fact."""
        return [f.origin for f in self.reading.found if (f.practice, f.fact) == (practice, fact)]

    def hints(self, practice: str) -> list[str]:
        """The hints for one practice."""
        return [hint.text for hint in self.reading.hints if hint.practice == practice]

    def about(self, what: str) -> list[str]:
        """The values of one field of the project."""
        return [fact.value for fact in self.reading.project if fact.field == what]

    @property
    def left_out(self) -> list[str]:
        """Everything that was left out, with the reason."""
        return [f"{item.origin} {item.why}" for item in self.reading.left_out]


@pytest.fixture
def reads() -> Callable[..., Yield]:
    """A function that applies a reader to a text."""

    def read(reader: Reader, text: str | bytes, *, path: str = "a.md", complete: bool = True) -> Yield:
        data = text.encode() if isinstance(text, str) else text
        return Yield(reader(Document(path=path, data=data, complete=complete), TODAY))

    return read
