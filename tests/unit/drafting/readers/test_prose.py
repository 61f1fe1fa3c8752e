"""Prose: headings, sentences and addresses, with their lines."""

from __future__ import annotations

import pytest

from avow.drafting.found import Document, InRepository
from avow.drafting.readers.prose import (
    addresses,
    anchor,
    headings,
    mail_addresses,
    repository_link,
    sentences,
)


def document(text: str) -> Document:
    return Document(path="a.md", data=text.encode())


def test_headings_of_markdown_and_restructuredtext() -> None:
    """Both styles count; code blocks, tables and lists are not headings."""
    text = "# One #\ntext\n```\n# not\n```\nTwo\n===\n- item\n---\n| a |\n---\n## *Three*\n"

    found = headings(document(text))

    assert [(heading.title, heading.line, heading.end) for heading in found] == [
        ("One", 1, 6),
        ("Two", 6, 12),
        ("Three", 12, 14),
    ]
    assert headings(document("no heading")) == ()


def test_sentences_know_their_lines() -> None:
    """A sentence may span lines; list items and table rows are separate sentences."""
    text = "First\nsentence. Second one!\n\n- item a\n- item b\n| row |\n"

    assert [(sentence.text, sentence.line) for sentence in sentences(document(text))] == [
        ("First sentence.", 1),
        ("Second one!", 2),
        ("- item a", 4),
        ("- item b", 5),
        ("| row |", 6),
    ]


def test_long_sentences_are_cut() -> None:
    """Generated text can't make the patterns slow."""
    assert list(sentences(document(" \n \n"))) == []
    assert all(len(sentence.text) <= 1200 for sentence in sentences(document("word " * 5000)))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("see [here](https://a.dev/x) and <https://b.dev>.", ("https://a.dev/x", "https://b.dev")),
        ("(https://a.dev/x_(y))", ("https://a.dev/x_(y)",)),
        ("(see https://a.dev/x).", ("https://a.dev/x",)),
        ("mail a.b@c.dev. or [write](mailto:d@e.dev)", ("a.b@c.dev", "mailto:d@e.dev", "d@e.dev")),
        ("[file](docs/BUILD.md#x)", ("docs/BUILD.md#x",)),
        ("nothing", ()),
    ],
)
def test_addresses_of_a_line(line: str, expected: tuple[str, ...]) -> None:
    """The punctuation of a sentence is not part of an address."""
    assert addresses(line) == expected


def test_credentials_and_handles_are_not_mail_addresses() -> None:
    """A mail address must not be part of something else."""
    assert mail_addresses("git@host, @handle, https://user@host.dev/x, a@b.dev") == ("a@b.dev",)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("docs/a.md#b", InRepository(path="docs/a.md", anchor="b")),
        ("./a.md", InRepository(path="a.md")),
        ("../a.md", None),
        ("https://a.dev", None),
        ("/etc/passwd", None),
        ("./", None),
    ],
)
def test_relative_links_stay_inside(target: str, expected: InRepository | None) -> None:
    """A link out of the repository is ignored."""
    assert repository_link(target) == expected


def test_anchor_as_forges_make_it() -> None:
    """Anchors are lower case, with hyphens and without punctuation."""
    assert anchor("How to Build (from source)!") == "how-to-build-from-source"
