"""The sample product: as its program writes it, invented throughout, and read whole by every reader."""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from avow.advisories.end_of_life import ProductTable, read_end_of_life
from avow.advisories.epss import read_epss
from avow.advisories.exploited import join, read_exploited
from avow.advisories.history import read_history
from avow.formats.purl import is_canonical, read_purl
from avow.survey.support import Supported, end_of_life

SAMPLE = Path(__file__).parent.parent / "examples" / "product"
DAY = date(2026, 11, 20)
MAX_BYTES = 100_000


def written() -> ModuleType:
    """The program that writes the sample."""
    spec = importlib.util.spec_from_file_location("make_data", SAMPLE / "make_data.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FILES: dict[str, str] = written().files()
SBOM: dict[str, Any] = json.loads(FILES["sample-gateway.cdx.json"])


def components(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Nested ones included."""
    return [each for one in listed for each in (one, *components(one.get("components", [])))]


def test_the_files_are_as_the_program_writes_them(tmp_path: Path) -> None:
    """Whoever changes one changes the program; nothing else is in the directory."""
    assert written().main([str(tmp_path)]) == 0
    found = {
        path.relative_to(SAMPLE).as_posix(): path.read_text(encoding="utf-8")
        for path in SAMPLE.rglob("*.*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and path.name != "README.md"
    }
    again = {
        path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8")
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert found == again == FILES


def test_the_sample_is_small() -> None:
    """It ships with the project."""
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*.*") if path.is_file()) < MAX_BYTES


@pytest.mark.parametrize("path", FILES)
def test_every_file_says_that_it_is_invented(path: str) -> None:
    """And of which day it is."""
    text = FILES[path]
    assert "ample" in text
    assert "nvented" in text
    assert "2026-11-20" in text or "2026/11/20" in text


def test_every_id_is_invented() -> None:
    """No advisory of the real world can be taken for one of these."""
    records = [json.loads(text) for path, text in FILES.items() if path.startswith("data/osv/")]
    assert all(each["id"].startswith("x_SAMPLE-") for each in records)
    assert all(alias.startswith("CVE-2099-") for each in records for alias in each.get("aliases", ()))


def test_the_sbom_has_what_real_ones_have() -> None:
    """Nesting, a component without version, one with a CPE only, one with a name only, a changed copy."""
    found = components(SBOM["components"])
    refs = [each["bom-ref"] for each in found]
    assert len(found) == len(set(refs)) == 25
    assert len(found) > len(SBOM["components"])
    assert [each["name"] for each in found if "version" not in each] == ["pyserial"]
    assert [each["name"] for each in found if "cpe" in each and "purl" not in each] == ["busybox"]
    assert [each["name"] for each in found if "cpe" not in each and "purl" not in each] == ["radio-firmware"]
    assert [each["name"] for each in found if each.get("modified")] == ["mbedtls"]
    assert {ref for each in SBOM["dependencies"] for ref in each["dependsOn"]} <= {*refs}
    assert all(is_canonical(each["purl"]) for each in found if "purl" in each)


def test_every_list_is_read_whole() -> None:
    """Each by its reader, without a complaint, and of the day of the sample."""
    lists = {
        path: read_exploited(FILES[path].encode(), source=path)
        for path in FILES
        if "kev" in path or "euvd" in path
    }
    assert [len(each.entries) for each in lists.values()] == [2, 1, 2]
    assert all(each.unread == () for each in lists.values())
    path = "data/epss/epss_scores-2026-11-20.csv"
    scores = read_epss(FILES[path].encode(), source=path)
    assert (scores.count, scores.unread) == (7, ())
    assert scores.stated == datetime(2026, 11, 20, 12, tzinfo=UTC)
    path = "data/history/history.csv"
    assert len(read_history(FILES[path].encode(), source=path, today=DAY).entries) == 3


def test_the_support_dates_say_one_of_each() -> None:
    """A line that has ended, one that has not, and a version in no line."""
    files = [
        read_end_of_life(text.encode(), source=path) for path, text in FILES.items() if "endoflife" in path
    ]
    assert all(each.unread == () for each in files)
    table = ProductTable(product for each in files for product in each.entries)
    answers = [
        answer
        for each in components(SBOM["components"])
        if "purl" in each
        for answer in end_of_life(
            Supported(each["name"], (read_purl(each["purl"]),)), products=table, today=DAY
        )
    ]
    assert {(each.component, each.cycle, each.state) for each in answers} == {
        ("jquery", "3", "supported"),
        ("angular", "1.8", "eol"),
        ("mux", "", "cycle_not_found"),
        ("openssl", "3.0", "eol"),
    }


def test_an_exploited_vulnerability_is_found_by_its_alias() -> None:
    """The first thing that a survey of the sample shows."""
    record = json.loads(FILES["data/osv/PyPI/x_SAMPLE-PYPI-1.json"])
    assert join([record["id"]], names=record["aliases"]) == {"CVE-2099-1001": "alias"}
