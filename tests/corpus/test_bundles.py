"""Real bundles from other projects: our verdict, and the reason if others have another one.

The files are not part of this project. AVOW_CORPUS names a directory with `bundles/MANIFEST.tsv`, which
records for each file what sigstore-python 4.5.1 and @sigstore/verify said; docs/corpus-bundles.md explains
the result.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import pytest
from support.backends import BackendAt, open_backend
from support.virtual_sigstore import NOW

from avow.errors import AvowError, EvidenceRejected, RootTooOld, UnsupportedEvidence
from avow.subject import Digest
from avow.transparency.trusted_root import load_root

CORPUS: Final = Path(os.environ.get("AVOW_CORPUS", "/nonexistent")) / "bundles"
if not CORPUS.is_dir():
    pytest.skip("AVOW_CORPUS names no corpus with bundles", allow_module_level=True)

ROWS: Final = [
    row
    for row in csv.DictReader(
        (CORPUS / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines(), delimiter="\t"
    )
    if not row["path"].startswith(("trust/", "artifacts/"))
]

WORDS: Final = {
    None: "verifies",
    UnsupportedEvidence: "unsupported",
    RootTooOld: "root too old",
    EvidenceRejected: "invalid",
}

REFUSED: Final = frozenset({"unsupported", "invalid", "root too old"})

BY_WEIGHT: Final = ("invalid", "root too old", "unsupported", "verifies")

EXCEPTIONS: Final = {
    # a promise of inclusion and no proof with a checkpoint
    "sigstore__sigstore-js__bundleV01-dsse-no-proof.sigstore": "unsupported",
    "sigstore__sigstore-python__Python-3.12.5.tgz.sigstore": "unsupported",
    # keys and digests that sigstore-python does not verify with
    "sigstore__sigstore-java__PKIX_ECDSA_P384_SHA_384.sigstore.json": "unsupported",
    "sigstore__sigstore-java__PKIX_ECDSA_P521_SHA_512.sigstore.json": "unsupported",
    "sigstore__sigstore-java__PKIX_RSA_PKCS1V15_2048_SHA256.sigstore.json": "unsupported",
    "sigstore__sigstore-java__PKIX_RSA_PKCS1V15_3072_SHA256.sigstore.json": "unsupported",
    "sigstore__sigstore-java__PKIX_RSA_PKCS1V15_4096_SHA256.sigstore.json": "unsupported",
    # no verification material; neither certificate nor key; no content
    "chainloop-dev__chainloop__bundle_valid_nomaterial.json": "invalid",
    "chainloop-dev__chainloop__bundle_with_bad_timestamp.json": "invalid",
    "npm__cli__no-provenance-envelope-bundle.json": "invalid",
    # neither a promise nor a timestamp
    "sigstore__sigstore-python__bundle_v3_no_signed_time.txt.sigstore.json": "invalid",
    # a build service's own answer around an envelope: no bundle and no envelope
    "slsa-framework__slsa-verifier__gcb_container-v0.3__gcloud-container-github.json": "invalid",
}
"""Files to which the rule does not apply, with their verdicts."""

DOCUMENTED: Final = "eaa60c99de4a932bf47dd2e243701a1738c732b38ee01c5f10bd0df1917792f2"
"""SHA-256 of the manifest that docs/corpus-bundles.md counts; for another corpus only the rule is checked."""


NO_VERDICT: Final = "FAILS: VerificationError: Integrated time only supported"
"""How sigstore-python begins its answer to an entry of kind `intoto/0.0.2`, which it does not support."""


def allowed(row: dict[str, str]) -> list[frozenset[str]]:
    """The rule for each bundle: it verifies here if and only if sigstore-python verifies it as a bundle.

    For an `intoto/0.0.2` entry, @sigstore/verify decides instead. A bundle without a log entry, or with an
    unsupported one, may be unsupported or, if it is also damaged, invalid.
    """
    name = row["path"].removeprefix("dsse-only/")
    if name in EXCEPTIONS:
        return [frozenset({EXCEPTIONS[name]})]
    theirs = (row[column].split(" ; ") for column in ("sigstore_python_4_5", "sigstore_js_verify"))
    return [
        frozenset({"verifies"})
        if "verifies" in (python, javascript if python.startswith(NO_VERDICT) else "")
        else REFUSED
        for python, javascript in zip_longest(*theirs, fillvalue="not recorded")
    ]


@cache
def backend(instance: str) -> BackendAt:
    """The verifier for bundles of public instance `instance`."""
    name = "staging" if instance == "staging" else "public-good"
    return open_backend(load_root(CORPUS / "trust" / f"{name}.trusted_root.json").data, now=NOW)


def bundles_in(content: bytes) -> list[bytes]:
    """The bundles in a file: a single one, one per line, or in a registry's answer; otherwise the bytes."""
    found = [bundle for document in _documents(content) for bundle in _bundles(document)]
    if not found or (len(found) == 1 and found == list(_documents(content))):
        return [content]
    return [json.dumps(bundle).encode() for bundle in found]


def _documents(content: bytes) -> Iterator[Any]:
    try:
        yield json.loads(content)
    except ValueError:
        for line in content.splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _bundles(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and str(value.get("mediaType", "")).startswith(
        "application/vnd.dev.sigstore.bundle"
    ):
        yield value
        return
    if isinstance(value, dict) and {"verification_material", "envelope"} <= value.keys():  # PEP 740
        yield value
        return
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _bundles(each)


def judge(bundle: bytes, instance: str) -> str:
    """The verdict in one word; most artefacts are missing, so a message's digest is taken from the bundle."""
    try:
        document = json.loads(bundle)
        message = document.get("messageSignature") if isinstance(document, dict) else None
        if message is None:
            backend(instance).verify(bundle, location="corpus")
        else:
            raw = base64.b64decode(message.get("messageDigest", {}).get("digest", ""))
            value = raw.hex() if len(raw) == 32 else "00" * 32
            backend(instance).verify_artifact(
                bundle, digest=Digest(algorithm="sha256", value=value), location="corpus"
            )
    except AvowError as error:
        return next(word for kind, word in WORDS.items() if kind and isinstance(error, kind))
    return "verifies"


def verdicts(row: dict[str, str]) -> list[str]:
    """The verdict on each bundle in one file, in the file's order."""
    return [judge(bundle, row["instance"]) for bundle in bundles_in((CORPUS / row["path"]).read_bytes())]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["path"])
def test_each_bundle_gets_the_verdict_of_the_rule(row: dict[str, str]) -> None:
    """Every bundle in the file is verified, invalid or unsupported, and never a crash."""
    found, rule = verdicts(row), allowed(row)

    # the record may have one verdict for all bundles of a file
    assert len(rule) in (1, len(found))
    for verdict, words in zip(found, rule * len(found), strict=False):
        assert verdict in words


def test_the_counts_are_those_of_the_documentation() -> None:
    """docs/corpus-bundles.md has the number of files with each verdict; of several, the worst counts."""
    manifest = (CORPUS / "MANIFEST.tsv").read_bytes()
    if hashlib.sha256(manifest).hexdigest() != DOCUMENTED:
        pytest.skip("AVOW_CORPUS has another manifest than the one that docs/corpus-bundles.md counts")
    page = (Path(__file__).parents[2] / "docs" / "corpus-bundles.md").read_text(encoding="utf-8")
    counts = Counter(min(verdicts(row), key=BY_WEIGHT.index) for row in ROWS)

    for word, count in counts.items():
        assert f"| {word} | {count} |" in page
