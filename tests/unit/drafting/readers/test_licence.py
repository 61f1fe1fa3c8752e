"""Licence texts are recognised word for word or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from avow.drafting.found import Document, InRepository
from avow.drafting.readers import licence
from avow.drafting.readers.licence import is_licence, licence_of, read_licence

OWN = (Path(__file__).parents[4] / "LICENSE").read_text(encoding="utf-8")
BODY = "permission to do all good things is hereby given"


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two invented licences, one with a preamble."""
    rows = tuple(
        licence._Text(name, "permission to do", 9, 2, hashlib.sha256(BODY.encode()).hexdigest())
        for name in ("Good-1.0",)
    )
    monkeypatch.setattr(licence, "_TEXTS", rows)


def test_our_own_licence_is_recognised() -> None:
    """The whole text is recognised, with its appendix."""
    assert licence_of(OWN) == "Apache-2.0"


def test_one_word_more_or_less_is_another_licence() -> None:
    """A changed text is not recognised."""
    assert licence_of(OWN.replace("perpetual,", "", 1)) is None
    assert licence_of(OWN + "\nExcept on Sundays." * 80) is None
    assert licence_of("All rights reserved.") is None


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (BODY, True),
        (f"The Good License\n\nCopyright (c) 2026 Acme\n\n{BODY.upper()}!", True),
        (f"{BODY} and more", True),
        (f"{BODY} and very much more", False),
        (f"Parts of this are under:\n{BODY}", False),
        (f"2019 Acme\n{BODY}", True),
        (f"license {BODY}", False),
        (BODY.replace("good ", ""), False),
    ],
)
@pytest.mark.usefixtures("invented")
def test_only_title_and_copyright_may_precede(text: str, known: bool) -> None:  # noqa: FBT001  expectation
    """Any other word before the text makes it part of something larger."""
    assert (licence_of(text) == "Good-1.0") is known


@pytest.mark.parametrize("words", [10, 2000])
def test_a_preamble_is_skipped(monkeypatch: pytest.MonkeyPatch, words: int) -> None:
    """If a licence has a preamble that is not too long, the comparison starts after it."""
    row = licence._Text("GPL-3.0", "permission to do", 9, 2, hashlib.sha256(BODY.encode()).hexdigest())
    monkeypatch.setattr(licence, "_TEXTS", (row,))

    assert licence_of("word " * words + BODY) == ("GPL-3.0" if words < 100 else None)


def test_the_reading_of_a_known_text(reads: Any) -> None:
    """The id is a fact, and so is the URL of the text."""
    found = reads(read_licence, OWN, path="LICENSE")

    assert found.fact("LIC-01", "spdxExpression") == ["Apache-2.0"]
    assert found.reading.found[-1].value == InRepository(path="LICENSE")


def test_gnu_texts_leave_a_question(reads: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text does not show whether -only or -or-later applies."""
    monkeypatch.setattr(licence, "licence_of", lambda _text: "LGPL-3.0")
    found = reads(read_licence, "x", path="COPYING")

    assert found.fact("LIC-01", "spdxExpression") == []
    assert "LGPL-3.0-or-later" in found.hints("LIC-01")[0]


def test_unknown_texts_and_reuse_folders_are_hints(reads: Any) -> None:
    """A person must name the licence."""
    assert "differs from" in reads(read_licence, "x", path="COPYING").hints("LIC-01")[0]
    assert reads(read_licence, OWN, path="LICENSES/Apache-2.0.txt").reading.found == ()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("LICENSE", True),
        ("Licence.md", True),
        ("COPYING.LESSER", True),
        ("LICENSES/MIT.txt", True),
        ("x", False),
    ],
)
def test_which_files_are_recognised(path: str, expected: bool) -> None:  # noqa: FBT001  expectation
    """The name decides."""
    assert is_licence(Document(path=path, data=b"x")) is expected
