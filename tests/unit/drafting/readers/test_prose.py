"""Prose: headings, sentences and addresses with their lines."""

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
    """Both styles count, code blocks don't, tables and lists are no headings."""
    text = "# One #\ntext\n```\n# not\n```\nTwo\n===\n- item\n---\n| a |\n---\n## *Three*\n"

    found = headings(document(text))

    assert [(heading.title, heading.line, heading.end) for heading in found] == [
        ("One", 1, 6),
        ("Two", 6, 12),
        ("Three", 12, 14),
    ]
    assert headings(document("no heading")) == ()


def test_sentences_know_their_lines() -> None:
    """A sentence may run over lines; list items and table rows are sentences of their own."""
    text = "First\nsentence. Second one!\n\n- item a\n- item b\n| row |\n"

    assert [(sentence.text, sentence.line) for sentence in sentences(document(text))] == [
        ("First sentence.", 1),
        ("Second one!", 2),
        ("- item a", 4),
        ("- item b", 5),
        ("| row |", 6),
    ]


def test_long_sentences_are_cut() -> None:
    """Generated text does not make every pattern slow."""
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
    """Punctuation of the sentence is not part of an address."""
    assert addresses(line) == expected


def test_mail_addresses_are_no_parts_of_other_things() -> None:
    """Credentials in an address and handles are no mail addresses."""
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
    """A link that leads out of the repository is none."""
    assert repository_link(target) == expected


def test_anchor_as_forges_make_it() -> None:
    """Lower case, hyphens, no punctuation."""
    assert anchor("How to Build (from source)!") == "how-to-build-from-source"
