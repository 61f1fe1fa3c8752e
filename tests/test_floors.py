"""The house stands: who may import whom, what the pure floor may not touch, where trust is constructed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "avow"

FLOORS: dict[str, int] = {
    "errors": 0, "domain": 0,
    "catalogue": 1, "facts": 1, "declaration": 1, "predicate": 1, "statement": 1, "identity": 1,
    "attested": 1,
    "vers": 1, "purl": 1, "json_strict": 1, "yaml_nodes": 1, "policy": 1, "evidence": 1,
    "trust": 2, "checkout": 2, "transparency": 2, "stores": 2,
    "draft": 3, "attest": 3, "verify": 3, "enforcement": 3, "inspection": 3, "vouching": 3,
    "report": 4, "cli": 4, "__main__": 4, "__init__": 0,
}  # fmt: skip
"""Every module or package directly under avow. A new one has to be given its floor here."""

PURE = {0, 1}
FORBIDDEN_IMPORTS = {
    "requests",
    "sigstore",
    "click",
    "socket",
    "urllib",
    "http",
    "subprocess",
    "time",
    "os",
    "pathlib",
}
FORBIDDEN_CALLS = {"open", "print", "input", "exec", "eval"}
FORBIDDEN_ATTRIBUTES = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("os", "environ"),
    ("time", "time"),
}

TRUST_IS_MADE_IN: dict[str, set[str]] = {
    "VerifiedEnvelope": {"transparency"},
    "StrangerStatement": {"inspection"},
    "Attestation": {"verify"},
    "Decision": {"verify"},
}
SIGNER_FACTS_ARE_MADE_IN = {"SignerIdentity": {"transparency"}, "SignerKey": {"transparency"}}


def modules() -> list[tuple[str, Path, ast.Module]]:
    """Every module of the package: the room it is in, its path, its tree."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        relative = path.relative_to(SOURCE)
        room = relative.parts[0] if len(relative.parts) > 1 else relative.stem
        found.append((room, path, ast.parse(path.read_text(encoding="utf-8"))))
    return found


MODULES = modules()


def imported(tree: ast.Module) -> Iterator[str]:
    """Absolute names of everything that `tree` imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide which floor is meant"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms(tree: ast.Module) -> set[str]:
    """The rooms of avow that `tree` imports from."""
    return {
        name.split(".")[1]
        for name in imported(tree)
        if name.startswith("avow.") and name.split(".")[1] in FLOORS
    }


def test_every_module_has_a_floor() -> None:
    """A module that is not in the plan can't be judged by it."""
    assert {room for room, _, _ in MODULES} <= set(FLOORS)


def test_imports_go_down_or_stay() -> None:
    """No module imports from a floor above its own."""
    upward = [
        f"{path.relative_to(SOURCE)} imports {target}"
        for room, path, tree in MODULES
        for target in rooms(tree)
        if FLOORS[target] > FLOORS[room]
    ]
    assert upward == []


def test_no_cycles_between_rooms() -> None:
    """Rooms of one floor may know each other, in one direction only."""
    graph: dict[str, set[str]] = {}
    for room, _, tree in MODULES:
        graph.setdefault(room, set()).update(rooms(tree) - {room})
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize(
    ("path", "tree"),
    [(p, t) for room, p, t in MODULES if FLOORS[room] in PURE],
    ids=lambda v: getattr(v, "name", ""),
)
def test_the_pure_floors_touch_nothing(path: Path, tree: ast.Module) -> None:
    """Floors 0 and 1 open no file or socket, print nothing, read neither clock nor environment."""
    faults = [
        name
        for name in imported(tree)
        if name.split(".")[0] in FORBIDDEN_IMPORTS
        and not name.startswith("urllib.parse")  # text in, text out
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            faults.append(f"{node.func.id}() at line {node.lineno}")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            read = (node.value.id, node.attr)
            faults += [f"{'.'.join(read)} at line {node.lineno}"] if read in FORBIDDEN_ATTRIBUTES else []
    assert faults == [], path


def test_sigstore_is_imported_in_one_package() -> None:
    """Everything of sigstore-python stays behind `avow.transparency`."""
    outside = [
        str(path.relative_to(SOURCE))
        for room, path, tree in MODULES
        if room != "transparency"
        and any(name.split(".")[0] in {"sigstore", "sigstore_models"} for name in imported(tree))
    ]
    assert outside == []


@pytest.mark.parametrize(("name", "allowed"), [*TRUST_IS_MADE_IN.items(), *SIGNER_FACTS_ARE_MADE_IN.items()])
def test_trust_is_constructed_only_where_verification_happens(name: str, allowed: set[str]) -> None:
    """A type whose name promises verification can't be built anywhere else."""
    builders = {
        room
        for room, _, tree in MODULES
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) == name or getattr(node.func, "attr", None) == name)
    }
    assert builders <= allowed
    assert builders, f"nobody builds {name}"


def test_broad_excepts_stand_at_the_outermost_door_only() -> None:
    """`except Exception` belongs where a command ends; `within` carries an exception between threads."""
    broad = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for _, path, tree in MODULES
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
    ]
    assert [place.split(":")[0] for place in broad] == ["cli/__init__.py", "transparency/signing.py"]
