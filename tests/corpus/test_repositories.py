"""Drafts of the corpus's repositories state nothing that its truth set calls false."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from avow.catalogue.practices import load_catalogue
from avow.drafting.checkout import open_checkout
from avow.drafting.draft import draft

TODAY = date(2026, 11, 22)
CORPUS = os.environ.get("AVOW_CORPUS", "")
DIRECTORY = Path(CORPUS, "repositories")
PROJECTS = sorted(path.parent.name for path in DIRECTORY.glob("*/truth.yaml")) if CORPUS else []

pytestmark = [
    pytest.mark.skipif(not PROJECTS, reason="AVOW_CORPUS names no directory with repositories/*/truth.yaml"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the corpus's own script says about a draft of each repository."""
    made = tmp_path_factory.mktemp("repositories")
    script = [sys.executable, str(DIRECTORY / "materialise.py")]
    subprocess.run(
        [*script, *(str(DIRECTORY / name) for name in PROJECTS), "--into", str(made / "trees")], check=True
    )
    drafts = made / "drafts"
    drafts.mkdir()
    for name in PROJECTS:
        result = draft(open_checkout(made / "trees" / name), [], catalogue=load_catalogue(), today=TODAY)
        (drafts / f"{name}.avow.yaml").write_text(result.declaration, encoding="utf-8")
    subprocess.run(
        [sys.executable, str(DIRECTORY / "score.py"), str(drafts), "--json", str(made / "scores.json")],
        check=True,
    )
    found: dict[str, Any] = json.loads((made / "scores.json").read_bytes())
    return found


@pytest.mark.parametrize("name", PROJECTS)
def test_a_draft_states_nothing_false(scores: dict[str, Any], name: str) -> None:
    """No false fact, no trap, no practice implemented that its files do not show; but something is found."""
    score = next(each for each in scores["projects"] if each["project"] == name)

    assert [score[key] for key in ("false", "false_implemented", "traps")] == [[], [], []]
    assert score["right"]
