"""What is imported is declared, also what arrives through something else; what is private stays in place."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

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
    """A package that merely happens to be there can go away with whoever brought it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=\[ ]", each)[0].lower().replace("_", "-") for each in project["dependencies"]}
    known = packages_distributions()
    top = {name.partition(".")[0] for tree in SOURCES.values() for name in imported(tree)}
    foreign = top - set(sys.stdlib_module_names) - {"avow", "google"}
    distributions = {known[name][0].lower().replace("_", "-").replace(".", "-") for name in foreign}
    distributions |= {"protobuf"} if "google" in top else set()
    assert {each.replace(".", "-") for each in declared} >= distributions


def test_private_parts_of_sigstore_are_used_in_one_package() -> None:
    """What has a leading underscore there can change with any release; one package has to be looked at."""
    users = {
        path.parent.as_posix()
        for path, tree in SOURCES.items()
        for name in imported(tree)
        if name.startswith("sigstore.") and any(part.startswith("_") for part in name.split("."))
    }
    assert users
    assert all(user.endswith(PRIVATE_ALLOWED_IN) for user in users)
