"""Fields in real SBOMs: everything else keeps its bytes, and no document becomes less valid."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.sbom_validators import invalid

from avow.catalogue.practices import load_catalogue
from avow.errors import InputInvalid
from avow.formats.json_edit import edited, read_editable
from avow.sbom import read_sbom
from avow.sbom.embedding import embed
from avow.sbom.fields import Declared, Form, Written, read_embeddable
from avow.sbom.inventory import Entry
from avow.sbom.pointers import pointers
from avow.statement.predicate import PracticeEntry

CORPUS = os.environ.get("AVOW_CORPUS", "")
FILES = (
    sorted(
        path
        for pattern in ("sbom/*", "public-cases/sbom/*/*")
        for path in Path(CORPUS).glob(pattern)
        if path.is_file() and path.name not in {"MANIFEST.tsv", "case.md", "expected.json"}
    )
    if CORPUS
    else []
)
MAX_VALIDATED_BYTES = 300_000
"""spdx-tools takes minutes for larger documents."""

DECLARED = Declared(
    url="https://acme.example/a.sigstore.json",
    bundle_sha256="ab" * 32,
    payload_sha256="cd" * 32,
    valid_until=datetime(2028, 11, 20, tzinfo=UTC),
    practices=tuple(
        PracticeEntry.model_validate({"id": name, "status": "implemented", "facts": facts})
        for name, facts in {
            "VUL-03": {"listUrl": "https://acme.example/advisories"},
            "SUP-01": {
                "policyUrl": "https://acme.example/support",
                "lines": [{"versions": "vers:generic/1.0", "securityUntil": "2029-06-30"}],
            },
            "LIC-01": {"spdxExpression": "MIT"},
        }.items()
    ),
)

pytestmark = pytest.mark.skipif(not FILES, reason="AVOW_CORPUS names no directory with sbom/*")


def written_into(data: bytes, entries: tuple[Entry, ...]) -> tuple[bytes, list[Written]]:
    """The document with fields in each of `entries`."""
    document = read_embeddable(data, source="a.json")
    written = [
        embed(document, each, (DECLARED,), catalogue=load_catalogue(), mirrors=True) for each in entries
    ]
    return edited(data, document.tree, source="a.json"), written


def test_documents_of_every_format_are_tried() -> None:
    """Not only refusals."""
    tried = {}
    for path in FILES:
        with suppress(InputInvalid):
            document = read_embeddable(path.read_bytes(), source=path.name)
            tried[path] = f"{document.form} {document.version}"
    assert len(tried) > 40
    assert {"CycloneDX 1.5", "CycloneDX 1.6", "SPDX 2 2.3", "SPDX 3 3.0.1"} <= set(tried.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_real_sbom(path: Path) -> None:
    """Fields in its first, middle and last component, and in its root; or it is refused with what to do."""
    data = path.read_bytes()
    try:
        document = read_embeddable(data, source=path.name)
        inventory = read_sbom(data, source=path.name)
    except InputInvalid as error:
        pytest.skip(f"no fields for it: {error.message}")
    usable = [each for each in (*inventory.roots, *inventory.entries) if not each.unusable]
    chosen = {each.place: each for each in (*usable[:2], *usable[len(usable) // 2 :][:1], *usable[-1:])}
    entries = tuple(chosen.values())
    after, written = written_into(data, entries)

    assert all(each.added for each in written)
    assert edited(after, read_editable(data, source="a.json"), source="a.json") == data
    assert written_into(after, entries)[0] == after
    found = {each.place for each in pointers(read_sbom(after, source=path.name)) if each.predicate_type}
    assert found == chosen.keys()
    if document.form is not Form.SPDX_2 or len(data) <= MAX_VALIDATED_BYTES:
        assert len(set(invalid(after)) - set(invalid(data))) == 0
    lines = set(data.splitlines())
    new = [each for each in after.splitlines() if each not in lines]
    if len(lines) > 1:
        assert len(json.dumps([each.decode() for each in new])) < 5_000 * len(entries)
