"""Every file of public data in the corpus is added, or refused with what it is."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from avow.errors import InputInvalid
from avow.snapshots.add import Adding, Additions
from avow.snapshots.build import open_index
from avow.snapshots.kinds import recognise

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CORPUS = Path(os.environ.get("AVOW_CORPUS") or "no corpus")
ADVISORIES = CORPUS / "advisories"
FINDINGS = sorted(path for path in CORPUS.glob("findings/*/**/*") if path.is_file())
SCORECARDS = sorted(CORPUS.glob("scorecard/*.json"))
CASES = sorted(path for path in CORPUS.glob("public-cases/sbom/*/osv") if path.is_dir())

pytestmark = pytest.mark.skipif(
    not (ADVISORIES / "osv").is_dir(), reason="AVOW_CORPUS names no directory with advisories/osv"
)


def add(directory: Path, *paths: Path, **options: Any) -> Additions:
    """Add files of the corpus."""
    return Adding(directory=directory, now=NOW, **options).add(paths)


def test_all_advisories(tmp_path: Path) -> None:
    """Each archive has as many records as members, and each ecosystem is covered."""
    kev = sorted(ADVISORIES.glob("kev/known_exploited_vulnerabilities.*"))
    folders = [ADVISORIES / name for name in ("osv", "endoflife", "epss")]
    added = add(tmp_path, *folders, *kev, ADVISORIES / "eukev" / "eukev.json")
    by_path = {each.file.path: each.file for each in added.added}
    index = open_index(tmp_path, now=NOW)

    assert {each.kind for each in by_path.values()} == {
        "endoflife", "epss", "eukev", "kev", "osv", "osv-ecosystems"
    }  # fmt: skip
    assert not [each.path for each in by_path.values() if each.unread and each.kind == "osv"]
    for path in sorted(ADVISORIES.glob("osv/*/all.zip")):
        assert index.covers(path.parent.name)
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
            assert by_path[f"osv/{path.parent.name}/all.zip"].records == len(members)
            record = json.loads(archive.read(members[0]))
        assert index.advisory(record["id"]) is not None


@pytest.mark.parametrize("directory", CASES, ids=lambda path: path.parent.name)
def test_a_public_case(directory: Path, tmp_path: Path) -> None:
    """Loose records and lists beside an SBOM are the whole data in hand."""
    beside = [
        directory.parent / name for name in ("kev", "vex", "csaf") if (directory.parent / name).is_dir()
    ]
    add(tmp_path, directory, *beside)
    index = open_index(tmp_path, now=NOW)

    for path in directory.rglob("*.json"):
        record = json.loads(path.read_bytes())
        assert index.advisory(record["id"]) is not None
        for affected in record.get("affected", ()):
            assert index.covers(affected["package"]["ecosystem"])


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: str(path.relative_to(CORPUS / "findings")))
def test_findings_are_recognised_or_refused(path: Path) -> None:
    """By content: the kind is that of the tool whose directory it is in, or the refusal names a reason."""
    refused: InputInvalid | None = None
    try:
        found = recognise(path, shown=path.name)
    except InputInvalid as error:
        refused = error
    if refused is not None:
        assert "looks like" in refused.message or refused.hint or refused.problems
        return
    expected = {
        "csaf": "csaf",
        "cyclonedx-vdr": "cyclonedx",
        "dependency-track": "dependency-track",
        "openvex": "vex",
        "osv-scanner": "osv-scanner",
    }
    assert found.kind in {expected[path.relative_to(CORPUS / "findings").parts[0]], "cyclonedx"}


@pytest.mark.parametrize("path", SCORECARDS, ids=lambda path: path.name)
def test_scorecards(path: Path) -> None:
    """Named by their project, or refused because they name none."""
    named = json.loads(path.read_bytes()).get("repo", {}).get("name", "")
    if not named.startswith("github.com/"):
        with pytest.raises(InputInvalid, match=r"names no project|looks like JSON"):
            recognise(path, shown=path.name)
        return
    found = recognise(path, shown=path.name)

    assert (found.kind, found.name) == ("scorecard", f"scorecard/{named}.json")
    assert found.stated is not None
