"""What sources yield: placeholders are not facts, and foreign text stays on one line."""

from __future__ import annotations

import pytest

from avow.drafting.found import Document, Notes, is_placeholder, is_url, shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "TODO",
        "TBD.",
        "n/a",
        "your-project",
        "<project>",
        "[name]",
        "{{ name }}",
        "________",
        "https://example.com/x",
        "https://www.example.org",
        "security@example.net",
        "https://acme.example/policy",
        "http://localhost:8080/",
        "https://releases.host/{version}",
    ],
)
def test_placeholders_are_not_facts(text: str) -> None:
    """A placeholder is not taken for a value."""
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    ["Acme", "https://acme.dev/x", "security@acme.dev", "https://acme.dev/example.com", "none of these"],
)
def test_real_values_are_facts(text: str) -> None:
    """A value that only contains such a word is kept."""
    assert not is_placeholder(text)


def test_shown_is_one_bounded_printable_line() -> None:
    """Foreign text can't leave its line, move the cursor or fill the screen."""
    text = shown("a\n  b\x1b[31m\u202ec" + "x" * 9000)

    assert text.startswith("a b [31m c")
    assert text.isprintable()
    assert len(text) == 160


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://a.dev/b?c#d", True),
        ("http://u@a.dev:80", True),
        ("ftp://a.dev", False),
        ("https://a b", False),
    ],
)
def test_addresses(text: str, address: bool) -> None:  # noqa: FBT001  an expectation
    """Only http and https URLs count, with nothing around them."""
    assert is_url(text) is address


def test_document_reads_any_bytes_as_lines() -> None:
    """A byte order mark, other line ends and invalid UTF-8 are handled."""
    document = Document(path="docs/a.md", data=b"\xef\xbb\xbfa\r\nb\rc\xff")

    assert document.lines == ("a", "b", "c\ufffd")
    assert document.name == "a.md"
    assert document.line_of(document.text.index("c")) == 3
    assert document.is_text
    assert not Document(path="a", data=b"a\0b").is_text


def test_notes_keep_places_and_refuse_placeholders_about_the_project() -> None:
    """Every item has its line; line 0 means the whole file."""
    notes = Notes(Document(path="a.md", data=b""))
    notes.about("name", "TODO", line=1)
    notes.about("name", " acme ", line=2)
    notes.leave_out("why", line=0)

    reading = notes.reading()

    assert [(fact.value, fact.origin) for fact in reading.project] == [("acme", "a.md:2")]
    assert [item.origin for item in reading.left_out] == ["a.md"]
    assert reading.label == "a.md"
