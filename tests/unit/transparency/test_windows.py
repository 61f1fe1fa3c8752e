"""Windows are closed intervals, and a bundle belongs to one window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from avow.errors import SignatureRejected
from avow.transparency.windows import Window, require_one_window

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 2, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("window", "moment", "held"),
    [
        (Window(START, END), START, True),
        (Window(START, END), END, True),
        (Window(START, END), START - SECOND, False),
        (Window(START, END), END + SECOND, False),
        (Window(None, END), START - SECOND, True),
        (Window(START, None), END + SECOND, True),
        (Window(None, None), START, True),
    ],
)
def test_both_ends_belong_to_a_window(window: Window, moment: datetime, *, held: bool) -> None:
    """TimeRange is closed; a missing side is open."""
    assert window.contains(moment) is held


def test_all_moments_are_in_one_window() -> None:
    """Two periods of one key do not add up to a longer one."""
    early, late = Window(START, START + SECOND), Window(END - SECOND, END)

    require_one_window([START, START + SECOND], windows=(early, late), service="the log")
    require_one_window([END], windows=(early, late), service="the log")
    with pytest.raises(SignatureRejected) as refused:
        require_one_window([START, END], windows=(early, late), service="the log")

    assert refused.value.nearest.rule == "trusted root, validFor of the log"
    assert refused.value.nearest.expected == (
        "2026-01-01T00:00:00Z to 2026-01-01T00:00:01Z; 2026-01-31T23:59:59Z to 2026-02-01T00:00:00Z"
    )
    assert refused.value.nearest.found == "2026-01-01T00:00:00Z, 2026-02-01T00:00:00Z"


def test_no_window_vouches_for_nothing() -> None:
    """An empty list of windows never accepts anything."""
    with pytest.raises(SignatureRejected):
        require_one_window([START], windows=(), service="the log")


def test_open_sides_are_named() -> None:
    """A message says "any time" and "now" for open sides."""
    assert str(Window(None, None)) == "any time to now"
