"""Support dates of the corpus: every product file is read whole, and every expected answer is given."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from avow.advisories.end_of_life import ProductTable, read_end_of_life, sniff_end_of_life
from avow.formats.purl import LoosePurl, PurlInvalid, read_purl
from avow.record import EndOfLife
from avow.sbom import read_sbom
from avow.sbom.inventory import Entry
from avow.survey.support import Supported, end_of_life

CORPUS = os.environ.get("AVOW_CORPUS", "")
ADVISORIES = Path(CORPUS, "advisories")
PRODUCTS = sorted((ADVISORIES / "endoflife" / "products").glob("*.md")) if CORPUS else []
EXPECTED = sorted((ADVISORIES / "expected").glob("*.json")) if CORPUS else []

pytestmark = pytest.mark.skipif(
    not PRODUCTS, reason="AVOW_CORPUS names no directory with advisories/endoflife"
)


@cache
def table() -> ProductTable:
    files = [read_end_of_life(path.read_bytes(), source=path.name) for path in PRODUCTS]
    return ProductTable(product for each in files for product in each.entries)


def written(pattern: str, text: str) -> list[str]:
    """What follows a key, by the letters of the file."""
    return re.findall("^" + pattern, text, re.MULTILINE)


def supported(entry: Entry) -> Supported:
    return Supported(entry.place, purls(entry), entry.cpes, entry.version)


def purls(entry: Entry) -> tuple[LoosePurl, ...]:
    """Those that can be read."""
    found = []
    for text in (entry.purl, *entry.other_purls):
        try:
            found.append(read_purl(text))
        except PurlInvalid:
            continue
    return tuple(found)


def answers(path: Path, day: date) -> list[EndOfLife]:
    inventory = read_sbom(path.read_bytes(), source=path.name)
    return [
        answer
        for entry in inventory.entries
        for answer in end_of_life(supported(entry), products=table(), today=day)
    ]


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.stem)
def test_a_product_file_is_read_whole(path: Path) -> None:
    """Every release with its cycle as text, every purl and CPE, and each end as the file writes it."""
    data = path.read_bytes()
    text = data.decode()
    assert sniff_end_of_life(data)
    found = read_end_of_life(data, source=path.name)
    (product,) = found.entries
    assert found.unread == ()
    assert product.name == path.stem
    assert [each.name for each in product.cycles] == re.findall(
        r'^  - releaseCycle: "?([^"\s]+)', text, re.MULTILINE
    )
    assert [each.eol for each in product.cycles] == re.findall(r"^    eol: (\S+)", text, re.MULTILINE)
    assert [each.text for each in product.identifiers] == re.findall(
        r"^  - (?:purl|cpe): (\S+)", text, re.MULTILINE
    )


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name.removesuffix(".expected.json"))
def test_every_expected_answer_is_given_and_no_other(path: Path) -> None:
    """Component, product, by what, cycle, end and state, as often as expected."""
    expected = json.loads(path.read_bytes())
    if "unreadable" in expected:
        pytest.skip("an SBOM that must be refused")
    day = date.fromisoformat(expected["date"])
    found = answers(Path(CORPUS, "sbom", Path(expected["sbom"]).name), day)
    assert Counter(
        (each.component, each.product, each.by, each.cycle or None, each.eol or None, each.state)
        for each in found
    ) == Counter(
        (each["component"], each["product"], each["by"], each["cycle"], each["eol"], each["state"])
        for each in expected["eol"]
    )


def test_a_letter_release_is_contested() -> None:
    """OpenSSL 1.1.1f is of the line 1.1.1, by its name, and in none by the rule."""
    path = Path(CORPUS, "sbom", "chainguard-dev__bom-shelter__archivist-shell-cdx.xml")
    assert [(each.state, each.contested) for each in answers(path, date(2026, 11, 24))] == [
        ("cycle_not_found", '"1.1.1f" may belong to the line "1.1.1", whose end is 2023-09-11')
    ]
