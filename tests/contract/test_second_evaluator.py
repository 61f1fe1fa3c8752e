"""A second evaluator, written from predicates/ alone, agrees with what is built.

It shares no code with `avow`; where the two differed, the text was wrong or unclear and was corrected
(docs/decisions/0076).
"""

from __future__ import annotations

import ast
import json
import os
import random
from pathlib import Path
from typing import Any, Final

import pytest
from second_evaluator import contains, evaluate
from support.vectors import VECTORS, Answer, answer, read
from vectors import drawn

PREDICATES: Final = VECTORS.parent
SOURCES: Final = sorted((Path(__file__).parent.parent / "second_evaluator").glob("*.py"))
DRAWN: Final = int(os.environ.get("AVOW_CASES", "2000"))
CHUNK: Final = 100
FILES: Final = ("evaluation", "statements", "practices", "profiles", "generated")


def second(given: dict[str, Any]) -> Answer:
    """What the second evaluator says."""
    said = evaluate(given, PREDICATES)
    return Answer(said["outcomes"], said["verdict"], tuple(said["stands"]), said["decided"])


@pytest.mark.parametrize("name", FILES)
def test_it_agrees_with_every_vector(name: str) -> None:
    """It is as if somebody else had read the page."""
    differing = {
        vector["name"]: (second(vector["input"]), Answer.expected(vector))
        for vector in read(name)
        if second(vector["input"]) != Answer.expected(vector)
    }
    assert differing == {}


def test_it_agrees_about_versions() -> None:
    """Grammar, pins, holes, bounds and the order of each scheme."""
    vectors = json.loads((VECTORS / "versions.json").read_text(encoding="utf-8"))["vectors"]
    differing = [each for each in vectors if contains(each["range"], each["version"]) != each["contains"]]
    assert differing == []


@pytest.mark.parametrize("first", range(0, DRAWN, CHUNK))
def test_it_agrees_with_what_is_built_on_what_nobody_thought_of(first: int) -> None:
    """Other cases than those of generated.json, drawn at random."""
    for number in range(first, first + CHUNK):
        given = drawn(random.Random(number))  # noqa: S311  not for secrets
        assert answer(given) == second(given), f"drawn({number})"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_it_shares_no_code(path: Path) -> None:
    """Standard library and its own modules alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0)
        for alias in node.names
    }
    import sys  # noqa: PLC0415

    assert imported <= {*sys.stdlib_module_names, "second_evaluator"}
