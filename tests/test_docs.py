"""Generated pages and the generated schema are up to date."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from avow.catalogue.practices import load_catalogue

ROOT = Path(__file__).parent.parent


def generator() -> ModuleType:
    specification = importlib.util.spec_from_file_location("generate", ROOT / "tools" / "generate.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


OUTPUTS: dict[str, str] = generator().outputs()


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_generated_files_are_current(name: str) -> None:
    """`make docs` was run after the last change of its sources."""
    assert (ROOT / name).read_text(encoding="utf-8") == OUTPUTS[name], "run make docs"


def test_generator_writes_only_what_differs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A second run writes nothing."""
    module = generator()
    written = [tmp_path / name for name in OUTPUTS]
    for path in written:
        path.parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "outputs", lambda: OUTPUTS)

    module.main()
    before = [path.stat().st_mtime_ns for path in written]
    module.main()

    assert [path.stat().st_mtime_ns for path in written] == before


def test_every_practice_has_its_anchor() -> None:
    """File name, id and anchor are one."""
    page = OUTPUTS["predicates/practices.md"]

    assert [line for line in page.splitlines() if line.startswith("### ")] == [
        f"### {practice.id}" for practice in load_catalogue().practices
    ]


def test_every_reference_is_in_both_directions() -> None:
    """References without a practice are listed, so that nobody assumes they are covered."""
    page = OUTPUTS["predicates/cra-mapping.md"]
    catalogue = load_catalogue()
    used = {reference for practice in catalogue.practices for reference in practice.cra}
    _, _, unanswered = page.partition("## References without a practice")

    for reference in catalogue.cra:
        assert f"| `{reference}` |" in page
        listed = f"- `{reference}` " in unanswered
        answered = reference in used or any(
            reference in practice.diligence for practice in catalogue.practices
        )
        assert listed is not answered


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, 70])
def test_every_exit_code_is_explained(code: int) -> None:
    """The page has every code that scripts may see."""
    assert f"\n| {code} | " in OUTPUTS["docs/reference/exit-codes.md"]
