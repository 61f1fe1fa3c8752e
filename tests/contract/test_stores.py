"""Every store keeps the same promises, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from avow.errors import InputInvalid, ServiceUnavailable
from avow.stores import STORES, Candidate, open_store
from avow.subject import Digest, Subject

SUBJECTS = (Subject(name="a", digests=(Digest(algorithm="sha256", value="ab" * 32),)),)


def directory(tmp_path: Path) -> str:
    """A directory with one bundle in it."""
    (tmp_path / "a.sigstore.json").write_bytes(b"{}")
    return f"file://{tmp_path}"


EXAMPLES: dict[str, Callable[[Path], str]] = {
    "file": directory,
}
"""By scheme: makes a store with exactly one bundle, `{}`, and gives its URI."""


def test_every_store_is_tried() -> None:
    """A scheme without an example would keep no promise."""
    assert EXAMPLES.keys() == STORES.keys()


@pytest.mark.parametrize("scheme", STORES)
def test_it_finds_the_bundle_and_names_its_place(scheme: str, tmp_path: Path) -> None:
    """Bytes unjudged, a location that people can find again, the same in each run."""
    store = open_store(EXAMPLES[scheme](tmp_path))
    first, second = list(store.find(SUBJECTS)), list(store.find(SUBJECTS))
    assert first == second
    (candidate,) = first
    assert isinstance(candidate, Candidate)
    assert candidate.content == b"{}"
    assert candidate.location
    assert str(store) in candidate.location


@pytest.mark.parametrize("scheme", STORES)
def test_a_store_that_does_not_exist_says_so(scheme: str) -> None:
    """An error of the user's or of the service, never a traceback and never an empty answer."""
    store = open_store(f"{scheme}:///nowhere/at/all")
    with pytest.raises((InputInvalid, ServiceUnavailable)):
        list(store.find(SUBJECTS))
