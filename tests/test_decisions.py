"""Decision records: each is in the index under its own title and status, and all have one form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DECISIONS = Path(__file__).parent.parent / "docs" / "decisions"
RECORDS = sorted(DECISIONS.glob("[0-9][0-9][0-9][0-9]-*.md"))
SECTIONS = ["Status", "Context", "Decision", "Consequences"]
OLDER_FORM = frozenset({"0002"})
"""Written before there was a template."""

_LINE = re.compile(
    r"^\| \[(?P<number>\d{4})\]\((?P<file>[^)]+)\) \| (?P<title>.+?) \| (?P<status>.+?) \| "
    r"(?P<summary>.+) \|$",
    re.MULTILINE,
)
_TITLE = re.compile(r"# (?P<number>\d{4})[:.] (?P<title>.+)")


def index() -> list[re.Match[str]]:
    """The lines of the index."""
    return list(_LINE.finditer((DECISIONS / "README.md").read_text(encoding="utf-8")))


def test_the_index_lists_every_record() -> None:
    """Once, in the order of their numbers, and nothing that does not exist."""
    assert RECORDS
    assert [line["file"] for line in index()] == [path.name for path in RECORDS]
    assert [line["number"] for line in index()] == [path.name[:4] for path in RECORDS]


def test_a_number_names_one_record() -> None:
    """Other pages refer to records by number."""
    numbers = [path.name[:4] for path in RECORDS]
    assert len(set(numbers)) == len(numbers)


def test_every_other_page_is_known() -> None:
    """A record whose file name lacks a number would be missed by the tests above."""
    others = {path.name for path in DECISIONS.iterdir()} - {path.name for path in RECORDS}
    assert others == {"README.md", "template.md"}


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name[:4])
def test_title_and_status_are_those_of_the_index(path: Path) -> None:
    """Whoever supersedes a record says so in both places."""
    text = path.read_text(encoding="utf-8")
    title = _TITLE.match(text)
    assert title is not None
    line = next(each for each in index() if each["file"] == path.name)
    assert (title["number"], title["title"]) == (line["number"], line["title"])
    status = re.search(r"^## Status\n\n(.+?)\.", text, re.MULTILINE)
    if path.name[:4] not in OLDER_FORM or status is not None:
        assert status is not None
        assert status[1].lower() == line["status"]


@pytest.mark.parametrize("path", [*RECORDS, DECISIONS / "template.md"], ids=lambda path: path.stem)
def test_a_record_has_the_sections_of_the_template(path: Path) -> None:
    """In their order."""
    sections = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == (SECTIONS[1:] if path.name[:4] in OLDER_FORM else SECTIONS)
