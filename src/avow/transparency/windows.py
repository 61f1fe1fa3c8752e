"""The validity windows of a trusted root, which sigstore-python 4.5.1 reads and does not enforce.

Without them a log or CA key that was retired, or stolen and then retired, stays good for ever. Of the four
kinds of window only the timestamping authority's is enforced upstream, and its end is taken as exclusive.

Source: protobuf-specs, `sigstore_common.proto`, TimeRange: closed, "includes both the start and end times".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from avow.errors import Nearest, SignatureRejected
from avow.values import utc_text


@dataclass(frozen=True, slots=True)
class Window:
    """A closed interval of UTC; `None` leaves that side open."""

    start: datetime | None
    end: datetime | None

    def holds(self, moment: datetime) -> bool:
        """`moment` lies in the window; both ends belong to it."""
        return (self.start is None or self.start <= moment) and (self.end is None or moment <= self.end)

    def __str__(self) -> str:
        start = utc_text(self.start) if self.start else "ever"
        return f"{start} to {utc_text(self.end) if self.end else 'now'}"


def within_one(moments: Iterable[datetime], *, of: tuple[Window, ...], whose: str) -> None:
    """All `moments` lie in one and the same window.

    A root that lists one key twice, with two windows, means two periods; a bundle belongs to one of them.

    Raises:
        SignatureRejected: no window holds them all, or there is no window.
    """
    found = tuple(moments)
    for window in of:
        if all(map(window.holds, found)):
            return
    raise SignatureRejected(
        f"the trusted root does not vouch for {whose} at the time of signing",
        hint="the key was retired, or not yet in use, when this was signed: ask for a newer bundle",
        nearest=Nearest(
            differs_in=("validFor",),
            expected="; ".join(map(str, of)),
            found=", ".join(map(utc_text, found)),
            rule=f"trusted root, validFor of {whose}",
            next="ask the project for a bundle signed within the window",
        ),
    )
