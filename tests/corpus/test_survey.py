"""The survey of every real SBOM has the expected rows, and each public case its right answer.

AVOW_CORPUS names a directory with `advisories`, `sbom` and `public-cases/sbom`. The expected files were made
by other programs; the README there says how, and which rows are open to argument.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from avow.cli import run
from avow.formats.cpe import read_cpe
from avow.sbom import read_sbom
from avow.sbom.graph import cycles, reachable
from avow.sbom.inventory import Inventory

CORPUS: Final = Path(os.environ.get("AVOW_CORPUS", "/nonexistent"))
EXPECTED: Final = CORPUS / "advisories" / "expected"
CASES: Final = CORPUS / "public-cases" / "sbom"
if not EXPECTED.is_dir() or not CASES.is_dir():
    pytest.skip(
        "AVOW_CORPUS names no directory with advisories and public-cases/sbom", allow_module_level=True
    )

NOW: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
FILES: Final = sorted(path.name.removesuffix(".expected.json") for path in EXPECTED.glob("*.expected.json"))


class _ThatDay(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW.astimezone(tz)


def surveyed(directory: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code of `avow survey`, and the record that it wrote."""
    record = directory / "survey.json"
    code = run(["survey", *arguments, "--record", str(record), "--quiet"])
    return code, json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}


@pytest.fixture(autouse=True)
def _that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("avow.cli.survey", "avow.cli.data"):
        monkeypatch.setattr(import_module(module), "datetime", _ThatDay)


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the public data of the corpus."""
    data = tmp_path_factory.mktemp("data") / "snapshots"
    kept = [*(CORPUS / "advisories" / "osv").rglob("all.zip")]
    kept += [CORPUS / "advisories" / "kev" / "known_exploited_vulnerabilities.json"]
    kept += [*(CORPUS / "advisories" / "endoflife").rglob("*.md")]
    assert run(["data", "add", "--data", str(data), *map(str, kept)]) == 0
    return data


def rows(record: dict[str, Any], *fields: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items of a list of the record, each once for every place of its component."""
    places = {each["id"]: [place["at"] for place in each["places"]] for each in record["components"]}
    for field in fields:
        for item in record.get(field, ()):
            for place in places[item["component"]]:
                yield place, item


def matches(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Place, vulnerability and match, for every place of the component."""
    places = {each["id"]: [place["at"] for place in each["places"]] for each in record["components"]}
    for vulnerability in record.get("vulnerabilities", ()):
        for match in vulnerability["matches"]:
            for place in places[match["component"]]:
                yield place, vulnerability, match


def plain(place: str) -> str:
    """A place without the number that sets repeated SPDX ids apart."""
    head, mark, number = place.rpartition("#")
    return head if mark and number.isdigit() and head.startswith("SPDXRef") else place


def pairs(items: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """The multiset of component and advisory of an expected list."""
    return Counter((each["component"], each["advisory"]) for each in items)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_real_sbom_has_the_expected_rows(name: str, snapshots: Path, tmp_path: Path) -> None:
    """Every list as a multiset, with CVEs, exploited, contested, support and reasons."""
    expected = json.loads((EXPECTED / f"{name}.expected.json").read_text(encoding="utf-8"))
    code, record = surveyed(tmp_path, str(CORPUS / "sbom" / name), "--data", str(snapshots))
    if "unreadable" in expected:
        assert (code, record) == (2, {})
        return
    assert code == 0
    assert record["totals"]["entries"] == expected["components"]
    found = list(matches(record))
    assert Counter((plain(place), each["advisory"]) for place, _, each in found) == pairs(expected["pairs"])
    known = {(each["component"], each["advisory"]): each for each in expected["pairs"]}
    for place, vulnerability, match in found:
        pair = known[plain(place), match["advisory"]]
        assert set(pair["cve"]) <= set(vulnerability["ids"])
        assert bool(pair.get("kev")) == bool(vulnerability.get("exploited"))
        assert pair.get("contested", False) == match.get("contested", False), match
    for field in ("withdrawn", "informational", "undecidable"):
        aside = Counter((plain(place), each["advisory"]) for place, each in rows(record, field))
        assert aside == pairs(expected[field]), field
    ends = Counter(
        (plain(place), e["product"], e.get("cycle", ""), e["state"]) for place, e in rows(record, "endOfLife")
    )
    assert ends == Counter(
        (each["component"], each["product"], each["cycle"] or "", each["state"]) for each in expected["eol"]
    )
    assert not_looked_up(record) == Counter(
        (each["component"], each["why"]) for each in expected["not_looked_up"]
    )


def not_looked_up(record: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Place and reason of each entry that was not looked up, in the words of the corpus."""
    found: Counter[tuple[str, str]] = Counter()
    for component in record["components"]:
        if not component["lookedUp"]:
            why = component["why"]
            if why == "ecosystem_not_covered":
                why += ":" + component["purl"].removeprefix("pkg:").lstrip("/").partition("/")[0]
            found.update((plain(place["at"]), why) for place in component["places"])
    return found


def cases() -> Iterator[tuple[str, str]]:
    """Each case with each of its inputs."""
    for path in sorted(CASES.glob("*/expected.json")):
        for name in json.loads(path.read_text(encoding="utf-8"))["inputs"]:
            yield path.parent.name, name


@pytest.fixture(scope="module")
def case_data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path | None]:
    """The data directory of each case that has public data."""
    found: dict[str, Path | None] = {}
    for case in sorted({case for case, _ in cases()}):
        given = [
            CASES / case / part for part in ("osv", "kev", "vex", "csaf") if (CASES / case / part).is_dir()
        ]
        found[case] = None
        if given:
            data = tmp_path_factory.mktemp("data") / "snapshots"
            assert run(["data", "add", "--data", str(data), *map(str, given)]) == 0
            found[case] = data
    return found


@pytest.mark.parametrize(("case", "name"), list(cases()))
def test_a_public_case_has_its_right_answer(
    case: str,
    name: str,
    case_data: dict[str, Path | None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What must be read, found, not found and reported."""
    whole = json.loads((CASES / case / "expected.json").read_text(encoding="utf-8"))
    answers = whole["inputs"][name]
    file = CASES / case / name
    data = case_data[case]
    code, record = surveyed(tmp_path, str(file), *(("--data", str(data)) if data else ()))
    output = capsys.readouterr().err
    allowed = answers.get("any_of", [answers])
    wrong = [
        list(wrong_in(each | {"exit": each.get("exit", whole.get("exit"))}, file, code, record, output))
        for each in allowed
    ]
    assert [] in wrong, wrong


def wrong_in(
    answer: dict[str, Any], file: Path, code: int, record: dict[str, Any], output: str
) -> Iterator[str]:
    """What differs from one right answer."""
    if code != answer["exit"]:
        yield f"exit {code}, not {answer['exit']}: {output}"
        return
    yield from (
        f"no word of {word}: {output}" for word in answer.get("message_mentions", ()) if word not in output
    )
    if code:
        return
    inventory = read_sbom(file.read_bytes(), source=str(file))
    yield from wrong_in_inventory(answer, inventory)
    yield from wrong_in_record(answer, record)


def wrong_in_inventory(answer: dict[str, Any], inventory: Inventory) -> Iterator[str]:
    """What differs in what the document says."""
    refs = {each.place: each.ref for each in (*inventory.entries, *inventory.roots)}
    said: dict[str, Any] = {
        "format": inventory.format,
        "components": len(inventory.entries),
        "roots": [each.place for each in inventory.roots],
        "created_text": inventory.created_text,
        "document_version": inventory.document_version,
        "licences": {each.place: list(each.licences) for each in inventory.entries},
        "edges": [list(each) for each in inventory.edges],
        "cycles": [sorted(refs[place] for place in cycle) for cycle in cycles(inventory)],
        "external": [
            {"document": each.document, "elements": list(each.elements), "in_hand": each.in_hand}
            for each in inventory.external
        ],
        "created": inventory.created.isoformat().replace("+00:00", "Z").replace("125000Z", "125Z")
        if inventory.created
        else None,
    }
    if {"kind": "every_package_is_a_root"} in answer.get("problems", ()):
        said["components"] = 0  # counting all of them, with the note, is as good an answer
    for key, value in said.items():
        if key in answer and answer[key] != value:
            yield f"{key}: {value}, not {answer[key]}"
    yield from wrong_problems(answer, inventory)
    yield from wrong_cpes(answer, inventory)
    if "reachable_from_product" in answer:
        linked = {refs[place] for place in reachable(inventory)}
        if not set(answer["reachable_from_product"]) <= linked or linked & set(answer["not_reachable"]):
            yield f"reachable: {linked}"
    text = repr(inventory)
    yield from (f"contains {word}" for word in answer.get("must_not_contain", ()) if word in text)


def wrong_problems(answer: dict[str, Any], inventory: Inventory) -> Iterator[str]:
    """Problems that are not named, or not with their place."""
    problems = {(each.kind.value, each.place) for each in inventory.problems}
    for problem in answer.get("problems", ()):
        places = problem.get("at")
        for place in places if isinstance(places, list) else [places]:
            if not any(kind == problem["kind"] and place in {None, at} for kind, at in problems):
                yield f"no problem {problem} in {problems}"


def wrong_cpes(answer: dict[str, Any], inventory: Inventory) -> Iterator[str]:
    """CPEs that identify what they do not, or another product."""
    entries = {entry.place: entry for entry in inventory.entries}
    for each in answer.get("cpe", ()):
        cpe = read_cpe(entries[each["component"]].cpes[0])
        found = (cpe.vendor, cpe.product, cpe.version) if cpe is not None and cpe.identifies else None
        right = (each["vendor"], each["product"], each["version"]) if each["identifies"] else None
        if found != right:
            yield f"{each}: {found}"


def wrong_in_record(answer: dict[str, Any], record: dict[str, Any]) -> Iterator[str]:
    """What differs in what is known."""
    yield from wrong_matches(answer, record)
    yield from wrong_lists(answer, record)
    yield from wrong_vex(answer, record)
    totals = record["totals"]
    if answer.get("distinct_components", totals["components"]) != totals["components"]:
        yield f"{totals['components']} components"
    if (
        answer.get("distinct_vulnerable_components", totals["vulnerableComponents"])
        != totals["vulnerableComponents"]
    ):
        yield f"{totals['vulnerableComponents']} vulnerable components"
    whats = [each["what"] for each in record.get("proposals", ())]
    for cpe in answer.get("cpe_proposes", ()):
        if not any(cpe in what for what in whats):
            yield f"not proposed: {cpe} in {whats}"
    asked = {
        place["at"]
        for each in record["components"]
        for place in each["places"]
        if each["lookedUp"] or each["why"] == "no_snapshot"
    }
    yield from (f"not looked up: {each}" for each in answer.get("looked_up", ()) if each not in asked)


def wrong_matches(answer: dict[str, Any], record: dict[str, Any]) -> Iterator[str]:
    """Matches that are missing, too many or marked otherwise, and vulnerabilities under other names."""
    found = {(place, match["advisory"]): match for place, _, match in matches(record)}
    right = {(each["component"], each["advisory"]): each for each in answer.get("matches", ())}
    if "matches" in answer and right.keys() != found.keys():
        yield f"matches: missing {right.keys() - found.keys()}, too many {found.keys() - right.keys()}"
    for key in right.keys() & found.keys():
        if not set(right[key].get("flags", ())) <= set(found[key].get("flags", ())):
            yield f"{key}: flags {found[key].get('flags')}, not {right[key]['flags']}"
        if right[key].get("via", "") != found[key].get("via", ""):
            yield f"{key}: via {found[key].get('via')}"
    groups = {tuple(each["ids"]): bool(each.get("exploited")) for each in record.get("vulnerabilities", ())}
    for group in answer.get("groups", ()):
        if groups.get(tuple(group["ids"])) != bool(group.get("kev", group.get("exploited"))):
            yield f"no group {group} in {groups}"


def wrong_lists(answer: dict[str, Any], record: dict[str, Any]) -> Iterator[str]:
    """Rows in other lists than they should be in."""
    for field in ("withdrawn", "undecidable"):
        aside = {(place, each["advisory"]) for place, each in rows(record, field)}
        if field in answer and {(each["component"], each["advisory"]) for each in answer[field]} != aside:
            yield f"{field}: {aside}"
    reasons = Counter((each["component"], each["why"]) for each in answer.get("not_looked_up", ()))
    if "not_looked_up" in answer and reasons != not_looked_up(record):
        yield f"not looked up: {not_looked_up(record)}"


def wrong_vex(answer: dict[str, Any], record: dict[str, Any]) -> Iterator[str]:
    """Statements that are not heard, or not listed as such."""
    places = {each["id"]: [place["at"] for place in each["places"]] for each in record["components"]}
    unheard = record.get("vexNotHeard", ())
    words = {
        (place, name, word["status"])
        for place, vulnerability, match in matches(record)
        for name in vulnerability["ids"]
        for word in match.get("vex", ())
    } | {
        (place, name, each["why"].split()[2].rstrip(","))
        for each in unheard
        for place in places.get(each.get("component", ""), ())
        for name in each["ids"]
        if each["why"].startswith("it says ")
    }
    for each in answer.get("vex", ()):
        if (each["component"], each["vulnerability"], each["status"]) not in words:
            yield f"no VEX {each} in {words}"
    for each in answer.get("vex_matching_nothing", ()):
        if not any(one["source"].endswith(Path(each["by"]).name) for one in unheard):
            yield f"not listed: {each} in {unheard}"
    for each in answer.get("vex_not_applied", ()):
        if not any(each["component"] in places.get(one.get("component", ""), ()) for one in unheard):
            yield f"not listed: {each} in {unheard}"
