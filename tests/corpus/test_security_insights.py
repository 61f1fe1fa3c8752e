"""Every real Security Insights file in the corpus can be drafted, and every draft passes the check."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from avow.catalogue.practices import load_catalogue
from avow.declaration.avow_yaml import parse_declaration
from avow.drafting.draft import draft
from avow.drafting.found import Document

TODAY = date(2026, 11, 22)
CORPUS = os.environ.get("AVOW_CORPUS", "")
FILES = sorted(Path(CORPUS, "security-insights").glob("*.yml")) if CORPUS else []

pytestmark = pytest.mark.skipif(
    not FILES, reason="AVOW_CORPUS names no directory with security-insights/*.yml"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_file_becomes_a_draft_that_passes_the_check(path: Path) -> None:
    """Whether or not its own schema accepts it: something is drafted, or the reasons are reported."""
    document = Document(path=path.name, data=path.read_bytes())
    result = draft(None, [document], catalogue=load_catalogue(), today=TODAY, relationship="maintainer")
    declaration = parse_declaration(
        result.declaration.encode(), source="avow.yaml", catalogue=load_catalogue(), today=TODAY
    )

    assert result.drafted or result.left_out
    assert all(practice.draft and practice.reviewed_at is None for practice in declaration.practices)
    assert all(practice.evidence for practice in declaration.practices if practice.status is not None)
    assert all(item.origin.startswith(path.name) for item in result.left_out)
