"""Every imported package is declared, even if another one brings it; private parts stay in one package."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
SOURCES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "src").rglob("*.py")}
PRIVATE_ALLOWED_IN = "avow/transparency/sigstore"


def imported(tree: ast.Module) -> set[str]:
    """The modules that `tree` imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_every_imported_package_is_declared() -> None:
    """An undeclared package can disappear with the one that brought it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=\[ ]", each)[0].lower().replace("_", "-") for each in project["dependencies"]}
    known = packages_distributions()
    top = {name.partition(".")[0] for tree in SOURCES.values() for name in imported(tree)}
    foreign = top - set(sys.stdlib_module_names) - {"avow", "google"}
    distributions = {known[name][0].lower().replace("_", "-").replace(".", "-") for name in foreign}
    distributions |= {"protobuf"} if "google" in top else set()
    assert {each.replace(".", "-") for each in declared} >= distributions


def test_private_parts_of_sigstore_are_used_in_one_package() -> None:
    """Names with a leading underscore may change in any release; only one package has to be reviewed."""
    users = {
        path.parent.as_posix()
        for path, tree in SOURCES.items()
        for name in imported(tree)
        if name.startswith("sigstore.") and any(part.startswith("_") for part in name.split("."))
    }
    assert users
    assert all(user.endswith(PRIVATE_ALLOWED_IN) for user in users)


def locked() -> dict[str, str]:
    """The versions in the lock, by name."""
    lock = (ROOT / "requirements" / "test.txt").read_text(encoding="utf-8")
    return {
        canonicalize_name(name): pin for name, pin in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE)
    }


def asked_for() -> list[Requirement]:
    """What the lock is made from: the project's dependencies, and the tools for its tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tools = (ROOT / "requirements" / "test.in").read_text(encoding="utf-8").splitlines()
    return [
        Requirement(line.partition("  #")[0])
        for line in [*project["dependencies"], *tools]
        if not line.startswith("#")
    ]


def test_the_lock_is_complete() -> None:
    """It is installed without a resolver: whatever a locked package requires here is locked too, and fits."""
    pins = locked()
    assert len(pins) > 10
    waiting = [(each, "the project") for each in asked_for()]
    seen: set[str] = set()
    problems = []
    while waiting:
        required, by = waiting.pop()
        name = canonicalize_name(required.name)
        if name not in pins or not required.specifier.contains(pins[name], prereleases=True):
            problems.append(f"{by} requires {required}; locked: {pins.get(name)}")
            continue
        for extra in {"", *required.extras}:
            if f"{name}[{extra}]" not in seen:
                seen.add(f"{name}[{extra}]")
                needed = [Requirement(line) for line in requires(name) or ()]
                waiting += [
                    (each, name)
                    for each in needed
                    if each.marker is None or each.marker.evaluate({"extra": extra})
                ]
    assert problems == []
    assert any(not each.endswith("[]") for each in seen), "extras are followed too"


def test_the_lock_is_what_is_installed() -> None:
    """The tests run with the locked versions."""
    names = {canonicalize_name(each) for found in packages_distributions().values() for each in found}
    assert {name: version(name) for name in names & locked().keys()}.items() <= locked().items()
    assert len(names & locked().keys()) > 10
