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


def test_sentences_are_what_the_author_says() -> None:
    """No code, comments or quotations; an alert is the author's own, a reference has its target in place."""
    text = (
        "# H\n\nUse [this][r] or [That]:\n\n- item\n\n> quoted\n\n> [!NOTE]\n> own\n\n```\ncode\n```\n"
        "<!-- hid\nden --> seen\n\n[r]: https://a.dev/r\n[that]: <https://a.dev/t>\n"
    )
    lead = "Use [this](<https://a.dev/r>) or [That](<https://a.dev/t>):"

    found = [(each.text, each.line, each.heading, each.lead) for each in sentences(document(text))]

    assert found == [
        ("# H", 1, "H", ""),
        (lead, 3, "H", ""),
        ("- item", 5, "H", lead),
        ("[!NOTE] own", 9, "H", ""),
        ("seen", 16, "H", ""),
    ]
    assert "quoted" in [each.text for each in sentences(document(text), quotes=True)]


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
        ("[*c*](https://a.dev/new?issue[confidential]=1),", ("https://a.dev/new?issue%5Bconfidential%5D=1",)),
        ("https://a.dev/new?issue[confidential]=1.", ("https://a.dev/new?issue%5Bconfidential%5D=1",)),
        ("[see https://a.dev/x]", ("https://a.dev/x",)),
        ("[https://a.dev/x](https://b.dev/y_(z)).", ("https://a.dev/x", "https://b.dev/y_(z)")),
        ("**https://a.dev/x**, or `https://b.dev`;", ("https://a.dev/x", "https://b.dev")),
        ('<a href="https://a.dev/?a=1&amp;b=2">x</a>', ("https://a.dev/?a=1&b=2",)),
        ('[t](<https://a.dev/x> "title")', ("https://a.dev/x",)),
        ("`t <https://a.dev/x>`_", ("https://a.dev/x",)),
        ("__a@b.dev__", ("a@b.dev",)),
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
