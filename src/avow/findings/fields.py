"""One object of a foreign file, field by field: what has another shape costs that field, and is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from avow.findings.statements import UnreadList
from avow.formats.foreign import moment_of, shown


class Fields:
    """A JSON object and its place; an absent one is empty."""

    __slots__ = ("place", "unread", "value")

    def __init__(self, value: Mapping[str, Any], place: str, *, unread: UnreadList) -> None:
        self.value = value
        self.place = place
        self.unread = unread

    def __bool__(self) -> bool:
        return bool(self.value)

    def at(self, key: str) -> str:
        """The JSON pointer of one member."""
        return f"{self.place}/{key.replace('~', '~0').replace('/', '~1')}"

    def text(self, key: str) -> str:
        """A text, without blanks at its ends; a number as it is written, for versions and scores."""
        value = self.value.get(key)
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if value is not None:
            self._other_shape(key, "a text")
        return ""

    def flag(self, key: str) -> bool:
        """A boolean; absent is false."""
        value = self.value.get(key)
        if value is not None and not isinstance(value, bool):
            self._other_shape(key, "true or false")
        return value is True

    def moment(self, key: str) -> datetime | None:
        """A moment with its time zone, in UTC; a day is its first second."""
        value = self.value.get(key)
        moment = moment_of(value)
        if moment is None and value not in (None, ""):
            self.unread.add(self.at(key), f"{shown(value)} is not a date, or a moment with its time zone")
        return moment

    def part(self, key: str) -> Fields:
        """An object."""
        value = self.value.get(key)
        if isinstance(value, dict):
            return Fields(value, self.at(key), unread=self.unread)
        if value is not None:
            self._other_shape(key, "an object")
        return Fields(MappingProxyType({}), self.at(key), unread=self.unread)

    def items(self, key: str) -> Iterator[tuple[str, Any]]:
        """The items of a list, each with its place."""
        value = self.value.get(key)
        if isinstance(value, list):
            place = self.at(key)
            yield from ((f"{place}/{number}", item) for number, item in enumerate(value))
        elif value is not None:
            self._other_shape(key, "a list")

    def parts(self, key: str) -> Iterator[Fields]:
        """The objects in a list; an item that is not an object is named."""
        for place, item in self.items(key):
            if isinstance(item, dict):
                yield Fields(item, place, unread=self.unread)
            else:
                self.unread.add(place, f"expected an object, not {shown(item)}")

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts in a list, without empty ones; an item that is not a text is named."""
        found = []
        for place, item in self.items(key):
            if not isinstance(item, str):
                self.unread.add(place, f"expected a text, not {shown(item)}")
            elif text := item.strip():
                found.append(text)
        return tuple(found)

    def _other_shape(self, key: str, expected: str) -> None:
        self.unread.add(self.at(key), f"expected {expected}, not {shown(self.value[key])}")
