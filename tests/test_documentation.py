"""The pages in docs/: complete where they promise it, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
DOCS: Final = ROOT / "docs"
PAGES: Final = sorted(
    [*DOCS.rglob("*.md"), *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"))]
)
TROUBLESHOOTING: Final = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")


def codes() -> set[str]:
    """Every code that a report can show: of errors, and of gaps that stores find."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    return {code for text in sources for code in re.findall(r"\bcode ?= ?\"([a-z-]+)\"", text)}


def anchors(text: str) -> set[str]:
    """What a forge makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_code_is_explained() -> None:
    """Under its own heading; and no heading is about a code that is gone."""
    _, _, by_code = TROUBLESHOOTING.partition("## By code")
    explained = re.findall(r"^### ([a-z-]+)$", by_code, re.MULTILINE)
    assert len(codes()) > 10
    assert sorted(explained) == sorted(codes())


def test_every_exit_code_is_explained() -> None:
    """The same as in the table of the reference page."""
    table = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \|", table, re.MULTILINE)
    assert listed
    assert re.findall(r"^### Exit code (\d+)", TROUBLESHOOTING, re.MULTILINE) == listed


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """To a file of the repository, and to a heading of that file where one is named."""
    text = path.read_text(encoding="utf-8")
    for target, _, anchor in (
        link.partition("#") for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text)
    ):
        file = path.parent / target if target else path
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{target}#{anchor}"


def test_the_map_names_every_page() -> None:
    """Directly, or through the index of its directory."""
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")} - {"README.md"}
    missing = {page for page in pages if not page.startswith("decisions/") and f"]({page})" not in text}
    assert missing == set()
    assert "](decisions/README.md)" in text


def test_contributing_shows_make_targets_that_exist() -> None:
    """A newcomer's first commands work."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([a-z]+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert targets >= {"test", "quick", "reformat", "check", "docs"}
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_quoted_messages_are_those_of_the_code() -> None:
    """Somebody searches the page for the words on the screen; `…` is what differs each time."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")).lower()
    quoted = re.findall(r"^- \*([^*]+)\*", TROUBLESHOOTING, re.MULTILINE)
    assert len(quoted) > 5
    pieces = {piece.strip(" ,").lower() for message in quoted for piece in message.split("…")} - {""}
    assert {piece for piece in pieces if piece not in sources} == set()
