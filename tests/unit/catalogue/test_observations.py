"""A Scorecard result is a machine observation if it says what was examined and when."""

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
    """Repository, commit, time, tool and score are read."""
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
        (run(), "Unknown-Check"),
    ],
)
def test_an_incomplete_result_is_refused(content: bytes, check: str) -> None:
    """An observation needs repository, commit, time and score."""
    with pytest.raises(ObservationInvalid):
        observe(content, check=check)
