"""A Scorecard result as a machine's observation: it says what it looked at and when, or is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from avow.catalogue.observations import ObservationInvalid, observe

RUN = {
    "date": "2026-11-20",
    "repo": {"name": "github.com/acme/lib", "commit": "c"},
    "scorecard": {"version": "v5"},
    "checks": [7, {"name": "SAST", "score": 8}, {"name": "License", "score": -1}],
}


def run(**other: Any) -> bytes:
    return json.dumps(RUN | other).encode()


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:00", datetime(2026, 11, 20, 10, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_a_run(day: str, moment: datetime) -> None:
    """Repository, commit, moment, tool and score."""
    seen = observe(b"\xef\xbb\xbf" + run(date=day), check="SAST")

    assert (seen.repository, seen.commit, seen.tool_version, seen.score) == (
        "github.com/acme/lib",
        "c",
        "v5",
        8,
    )
    assert seen.observed_at == moment
    assert observe(run(scorecard=None), check=None).tool_version is None


@pytest.mark.parametrize(
    ("content", "check"),
    [
        (b"{", "SAST"),
        (b"[]", "SAST"),
        (run(repo=None), "SAST"),
        (run(repo={"name": "x", "commit": ""}), "SAST"),
        (run(date="yesterday"), "SAST"),
        (run(checks=None), "SAST"),
        (run(), "License"),
        (run(), "Unheard-Of"),
    ],
)
def test_what_is_missing_is_refused(content: bytes, check: str) -> None:
    """An observation without place, time or result is none."""
    with pytest.raises(ObservationInvalid):
        observe(content, check=check)
