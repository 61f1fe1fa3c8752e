"""The validity windows of a trusted root, which sigstore-python 4.5.1 reads but does not enforce.

Without them, a log or CA key that was retired, or stolen and then retired, would be valid for ever. Of the
four kinds of window, upstream enforces only the timestamping authority's, and treats its end as exclusive.

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

    def contains(self, moment: datetime) -> bool:
        """`moment` is in the window; both ends belong to it."""
        return (self.start is None or self.start <= moment) and (self.end is None or moment <= self.end)

    def __str__(self) -> str:
        start = utc_text(self.start) if self.start else "any time"
        return f"{start} to {utc_text(self.end) if self.end else 'now'}"


def require_one_window(moments: Iterable[datetime], *, windows: tuple[Window, ...], service: str) -> None:
    """All `moments` are in the same window.

    A root may list one key twice, with two periods of use; a bundle belongs to one of them.

    Raises:
        SignatureRejected: no window contains all of them, or there is no window.
    """
    found = tuple(moments)
    for window in windows:
        if all(map(window.contains, found)):
            return
    raise SignatureRejected(
        f"the trusted root does not vouch for {service} at the time of signing",
        hint="ask the project for a newer bundle, or use a newer root if its operator has published one",
        nearest=Nearest(
            differs_in=("validFor",),
            expected="; ".join(map(str, windows)),
            found=", ".join(map(utc_text, found)),
            rule=f"trusted root, validFor of {service}",
            next="ask the project for a newer bundle, or use a newer root if its operator has published one",
        ),
    )
