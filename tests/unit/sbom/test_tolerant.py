"""Fields that are read without trust."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.formats.cpe import read_cpe
from avow.sbom.inventory import MAX_SHOWN, ProblemKind, ProblemList, Reference
from avow.sbom.tolerant import FieldReader, first_of, is_usual_cpe


@given(
    st.text(alphabet="cpe:2.3a*-\\", max_size=60)
    | st.from_regex(r"cpe:2\.3(:[a-c*\\:-]{1,2}){11}", fullmatch=True)
)
def test_a_usual_cpe_is_one_that_can_be_read(text: str) -> None:
    """The fast test never passes what the parser would name as malformed."""
    if is_usual_cpe(text):
        assert read_cpe(text) is not None


@given(algorithm=st.sampled_from(["SHA-256", "md5", "x"]), value=st.text(alphabet="aF9 g\n", max_size=70))
def test_a_usual_digest_is_one_that_is_read(algorithm: str, value: str) -> None:
    """And it is the same digest."""
    fields = FieldReader()
    usual = fields.usual_digest(algorithm, value)

    assert usual is None or usual == fields.digest(algorithm, value, "")


def test_a_usual_digest_is_read() -> None:
    """In either case."""
    assert FieldReader().usual_digest("MD5", "Ab" * 16) == FieldReader().digest("MD5", "ab" * 16, "")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01T09:00:00Z", datetime(2026, 11, 1, 9, tzinfo=UTC)),
        ("2026-11-01t09:00:00z", datetime(2026, 11, 1, 9, tzinfo=UTC)),
        ("2026-11-01T09:00:00.1234567891Z", datetime(2026, 11, 1, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-01T09:00:00.5-02:30", datetime(2026, 11, 1, 11, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-11-01T09:00:00", None),
        ("2026-11-01", None),
        ("2026-11-01T24:00:00Z", None),
        ("2026-11-01 09:00:00Z", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("", None),
    ],
)
def test_a_moment_is_one_only_with_a_zone(text: str, moment: datetime | None) -> None:
    """The text stays as written."""
    fields = FieldReader()

    assert fields.moment(text, "/at") == (moment, text)
    assert bool(fields.problems.all()) == (moment is None and text != "")


@pytest.mark.parametrize("year", ["1979", "2101"])
def test_an_implausible_year_is_named(year: str) -> None:
    """The moment is kept as written; nothing else is known."""
    fields = FieldReader()
    moment, _ = fields.moment(f"{year}-06-01T00:00:00Z", "/at")

    assert moment is not None
    assert [problem.kind for problem in fields.problems.all()] == [ProblemKind.IMPLAUSIBLE_DATE]


def test_the_first_reference_of_the_first_kind() -> None:
    """Else none."""
    references = (Reference("website", "w"), Reference("vcs", "v1"), Reference("vcs", "v2"))

    assert first_of(references, "vcs", "website") == "v1"
    assert first_of(references, "download", "website") == "w"
    assert first_of(references, "download") == ""


def test_a_value_that_is_shown_is_short() -> None:
    """Whatever it is, and however much of it there is."""
    found = ProblemList()
    for value in ("x" * 10_000, ["y"] * 10_000, {"a": {"b": ["z" * 10_000]}}):
        found.add(ProblemKind.SHAPE, "", "", value=value)

    assert all(0 < len(problem.value) <= MAX_SHOWN for problem in found.all())
