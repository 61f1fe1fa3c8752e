"""Every text that the program can show a person, once: the page to read it on, and the words it does not use.

    python tools/messages.py      what breaks the word list, with its place

`make docs` writes docs/reference/messages.md; `tests/test_plain_english.py` holds the word list, here and in
docstrings. Texts are found by reading the source: string literals of more than one word that are not
docstrings. `{…}` is what differs each time.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
SOURCE: Final = ROOT / "src" / "avow"

AVOIDED: Final[dict[str, str]] = {
    r"\bfaults?\b": "error (in a user's file), problem",
    r"\bremarks?\b": "warning, note",
    r"\b(?:floors|rooms|houses)\b": "layer, package, architecture",
    r"\b(?:is|are|was|were|be) told\b(?! apart)": "report, say, show",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\bstands? (?:in|beside|there|at|with|here)\b": "is in, contains, comes with",
    r"\blies? (?:in|outside|beside|after|before|around|there)\b": "is in, is outside, is later than",
    r"(?<![Tt]here )\b(?:is|are) no (?!(?:longer|more|different|better|worse|later|such)\b)": "is not a",
    r"\bhas not come\b": "is in the future",
    r"\bcan(?:'|no)t be had\b": "could not be fetched",
    r"(?<!table )\brows?\b": "signer rules, entries",
    r"\bborne? out\b|\bbears? out\b": "supported by",
    r"\blook(?:s|ed)? away\b|\bshrugs?\b": "ignores",
    r"\bnobody is there\b": "there is no terminal",
    r"\b(?:is|as|be|CE|CRA)[- ]certified\b|\bArticle 25 attestation\b": "a declaration is neither",
}
"""Words that version 1 used as nobody says them, and what to write. Source: the project's style guide."""

ALLOWED: Final[dict[str, str]] = {
    "not a certification": "the one sentence that denies it",
}
"""Texts that contain such a word for a reason."""

RIGHT_IN: Final[dict[str, str]] = {
    r"(?<!table )\brows?\b": r"lineage|survey|record|snapshots|cli\.start",
}
"""Words of the list, and the modules in which they are the right ones: the file `avow.map` has them."""

_WORDS = re.compile(r"[A-Za-z][a-z']+[,:;]? [A-Za-z{][a-z']*")
_PATTERN = re.compile(r"\(\?|\\[bsSwWdD.]|\.\*|\[\^|\w\|\w")
"""What regular expressions contain and messages do not."""


class Message(NamedTuple):
    """One text and where it is."""

    module: str
    line: int
    text: str


def messages() -> Iterator[Message]:
    """Every text of the program, in the order of the source."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        skipped = {id(node) for node in _docstrings(tree)} | _parts(tree)
        commands = {id(node) for node in _command_help(tree)}
        module = path.relative_to(SOURCE.parent).with_suffix("").as_posix().replace("/", ".")
        for node in ast.walk(tree):
            if id(node) in skipped and id(node) not in commands:
                continue
            text = _text(node)
            if text is not None and _WORDS.search(text) and not _PATTERN.search(text):
                line = getattr(node, "lineno", 0)
                yield Message(module.removesuffix(".__init__"), line, " ".join(text.split()))


def hints() -> Iterator[Message]:
    """Every next step that an error suggests: what `hint` or `next` is given, and the default of a class."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts = _parts(tree)
        given = list(filter(None, map(_suggested, ast.walk(tree))))
        inner = {id(part) for value in given for part in ast.walk(value) if id(part) in parts}
        named = {_name(each) for value in given for each in ast.walk(value) if id(each) not in inner}
        constants = [
            each.value
            for each in tree.body
            if isinstance(each, ast.AnnAssign) and _name(each.target) in named
        ]
        for each in (each for value in (*given, *filter(None, constants)) for each in ast.walk(value)):
            text = _text(each)
            if text is not None and id(each) not in parts and _WORDS.search(text):
                yield Message(path.stem, getattr(each, "lineno", 0), " ".join(text.split()))


def _suggested(node: ast.AST) -> ast.expr | None:
    """The value that this argument or assignment makes a next step."""
    if isinstance(node, ast.keyword) and node.arg in {"hint", "next"}:
        return node.value
    if isinstance(node, ast.Assign) and _name(node.targets[0]) in {"hint", "next_step"}:
        return node.value
    return None


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def docstrings(folder: Path) -> Iterator[Message]:
    """Every docstring under `folder`, strings below constants included."""
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in _docstrings(tree):
            yield Message(str(path.relative_to(ROOT)), node.lineno, " ".join(str(node.value).split()))


def problems(found: Iterator[Message]) -> list[str]:
    """The texts that use a word of `AVOIDED`, each with what to write."""
    listed = []
    for each in found:
        if any(text in each.text for text in ALLOWED):
            continue
        for pattern, better in AVOIDED.items():
            if pattern in RIGHT_IN and re.search(RIGHT_IN[pattern], each.module):
                continue
            if match := re.search(pattern, each.text, re.IGNORECASE):
                listed.append(f"{each.module}:{each.line}: {match[0]!r}, write: {better}: {each.text[:120]}")
    return listed


def page() -> str:
    """docs/reference/messages.md: each text once, by module."""
    lines = [
        "<!-- Written by tools/generate.py (make docs) from the source. Change that instead. -->",
        "# Messages",
        "",
        "Every text that the program can show, by the module that contains it. `{…}` differs each time. To",
        "review the language as a whole, read it from top to bottom as somebody who has never seen the tool.",
    ]
    seen: set[str] = set()
    module = ""
    for each in messages():
        if each.text in seen:
            continue
        seen.add(each.text)
        if each.module != module:
            module = each.module
            lines += ["", f"## {module}", ""]
        lines.append(f"- `` {each.text} ``")
    return "\n".join(lines) + "\n"


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Strings that are statements: docstrings, and the notes under constants and fields."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.value


def _command_help(tree: ast.Module) -> Iterator[ast.Constant]:
    """Docstrings of click commands: they are what `--help` shows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            "command" in ast.dump(each) or "group" in ast.dump(each) for each in node.decorator_list
        ):
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


def _parts(tree: ast.Module) -> set[int]:
    """Literals inside f-strings, which are shown as a whole."""
    return {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
    } - {id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)}


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
    return None


def main() -> int:
    """Print what breaks the word list; 1 if anything does."""
    found = problems(messages()) + problems(docstrings(SOURCE)) + problems(docstrings(ROOT / "tests"))
    sys.stdout.write("".join(f"{each}\n" for each in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
