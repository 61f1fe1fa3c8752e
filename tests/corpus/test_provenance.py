"""Real bundles, attestations, Security Insights files and Scorecard results as evidence for a survey.

The files are not part of this project. AVOW_CORPUS names a directory with `bundles/MANIFEST.tsv`, which
records for each file what two other verifiers said.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from avow.record import SourceGap
from avow.sbom.inventory import StatedDigest
from avow.survey.evidence import EvidenceInHand, SurveyedComponent, gather
from avow.survey.provenance import NO_ROOT
from avow.transparency.trusted_root import TrustedRootFile, load_root
from avow.vocabulary import Voice

CORPUS: Final = Path(os.environ.get("AVOW_CORPUS", "/nonexistent"))
BUNDLES: Final = CORPUS / "bundles"
if not BUNDLES.is_dir():
    pytest.skip("AVOW_CORPUS names no corpus with bundles", allow_module_level=True)

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROWS: Final = [
    row
    for row in csv.DictReader(
        (BUNDLES / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines(), delimiter="\t"
    )
    if not row["path"].startswith(("trust/", "artifacts/"))
]
DOCUMENTED: Final = "eaa60c99de4a932bf47dd2e243701a1738c732b38ee01c5f10bd0df1917792f2"
"""SHA-256 of the manifest whose counts are asserted; of another corpus only the rule is checked."""


@cache
def roots() -> tuple[TrustedRootFile, ...]:
    """The roots of the two public instances that sign most of the files."""
    return tuple(
        load_root(BUNDLES / "trust" / f"{name}.trusted_root.json") for name in ("public-good", "staging")
    )


def read(*paths: Path, verified: bool = True) -> EvidenceInHand:
    """What is in the files."""
    return gather(paths, roots=roots() if verified else (), now=NOW)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["path"])
def test_each_file_is_read_or_named_with_a_reason(row: dict[str, str]) -> None:
    """Whatever verifies here verifies for one of the others; whatever does not has a reason."""
    found = read(BUNDLES / row["path"])
    theirs = row["sigstore_python_4_5"], row["sigstore_js_verify"]

    assert found.words or found.gaps
    assert all(bool(each.verified) != bool(each.problem) for each in found.words)
    assert all(gap.why for gap in found.gaps)
    if any(each.verified for each in found.words):
        assert any("verifies" in each for each in theirs)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["content"] == "pep740"], ids=lambda row: row["path"]
)
def test_pep_740_verifies_as_the_others_say(row: dict[str, str]) -> None:
    """Each attestation in each form, with the signer that its certificate names."""
    assert row["sigstore_python_4_5"] == "verifies"
    found = read(BUNDLES / row["path"])

    assert [gap.why for gap in found.gaps] == []
    assert {each.kind for each in found.words} == {"provenance"}
    assert all(each.verified for each in found.words)
    assert {each.verified[0].signer.san for each in found.words} == {row["san"]}  # type: ignore[union-attr]


def test_nothing_is_verified_without_a_root() -> None:
    """On the first day nobody has one; every word is read, and none has a signer."""
    found = read(*(BUNDLES / row["path"] for row in ROWS), verified=False)

    assert not any(each.verified for each in found.words)
    assert sum(each.problem == NO_ROOT for each in found.words) > 0


def test_the_counts_of_the_corpus() -> None:
    """Copies of the same bytes count once."""
    if hashlib.sha256((BUNDLES / "MANIFEST.tsv").read_bytes()).hexdigest() != DOCUMENTED:
        pytest.skip("AVOW_CORPUS has another manifest than the one that was counted")
    found = read(*(BUNDLES / row["path"] for row in ROWS))

    assert Counter((each.kind, bool(each.verified)) for each in found.words) == {
        ("provenance", True): 37,
        ("provenance", False): 24,
        ("published", True): 3,
        ("published", False): 10,
        ("attestation", True): 7,
        ("attestation", False): 15,
        ("signature", True): 9,
        ("signature", False): 8,
    }
    assert len(found.gaps) == 38


def test_real_provenance_by_digest_by_version_and_of_other_bytes() -> None:
    """One file of the Python package index against three SBOM entries."""
    path = next(BUNDLES.glob("*sampleproject-4.0.0.tar.gz.provenance"))
    found = read(path)
    digest = found.words[0].subjects[0].digests[0]
    purl = "pkg:pypi/sampleproject@4.0.0"
    heard = found.about(
        [
            SurveyedComponent(id="same", purl=purl, digests=(StatedDigest(digest.algorithm, digest.value),)),
            SurveyedComponent(id="unknown", purl=purl),
            SurveyedComponent(id="other", purl=purl, digests=(StatedDigest("sha256", "0" * 64),)),
        ]
    )

    assert [(each.components, each.voice) for each in heard.declarations] == [
        (("same",), Voice.BUILD_SIGNED),
        (("unknown",), Voice.BUILD_SIGNED),
    ]
    assert [each.basis.partition(" ")[0] for each in heard.declarations] == ["digest", "purl"]
    assert "other bytes" in heard.gaps[0].why


@pytest.mark.parametrize("folder", ["security-insights", "scorecard"])
def test_every_unsigned_file_is_used_or_named(folder: str) -> None:
    """With its repository, or with the reason."""
    paths = sorted(
        each for each in (CORPUS / folder).glob("*") if each.name != "MANIFEST.tsv" and each.is_file()
    )
    found = read(*paths, verified=False)
    named = {Path(gap.source).name for gap in found.gaps}

    assert all(each.repository.startswith("https://") and each.said for each in found.files)
    assert {Path(each.source).name for each in found.files} | named <= {each.name for each in paths}
    assert len(found.files) + len(found.gaps) == len({each.read_bytes() for each in paths})


def test_a_scorecard_of_a_directory_names_no_project() -> None:
    """`file://.` is nobody's repository."""
    paths = sorted((CORPUS / "scorecard").glob("file--*"))
    found = read(*paths, verified=False)

    assert found.files == ()
    assert found.gaps == tuple(
        SourceGap(
            source=str(path),
            why="refused: it names no project: its repository is file://.",
            kind="refused",
        )
        for path in paths
    )
