"""Places of SPDX elements are unique, whatever their ids are."""

from __future__ import annotations

from avow.sbom.spdx_counting import places_of


def test_repeated_ids_are_numbered() -> None:
    """The first keeps its id."""
    assert places_of(["a", "b", "a", "a"]) == ["a", "b", "a#2", "a#3"]


def test_an_id_that_looks_like_a_numbered_repeat_is_not_taken_for_one() -> None:
    """Its number is left out, before and after it."""
    assert places_of(["a", "a", "a#2", "a#2", "a#4", "a", "a#2#2"]) == [
        *("a", "a#3", "a#2", "a#2#3", "a#4", "a#5", "a#2#2"),
    ]


def test_thousands_of_numbers_that_are_taken() -> None:
    """Each is passed over once."""
    count = 50_000
    ids = [*("a" for _ in range(count)), *(f"a#{number}" for number in range(2, count))]
    assert len(set(places_of(ids))) == len(ids)
