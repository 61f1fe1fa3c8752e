"""Reads OpenSSF Scorecard results in JSON (v4, v5): single checks, not the aggregate score.

A check becomes a fact only if its highest score means what the fact says. Anything less is a hint with the
reason in Scorecard's words, because a score is not a statement about one practice.

Source: ossf/scorecard, docs/checks.md, v5.5.0.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from avow.catalogue.observations import ObservationInvalid, load_tools, observe, scorecard_check
from avow.drafting.found import MAX_SOURCE_BYTES, Document, Notes, Pointer, Reading, shown
from avow.formats.json_strict import JsonInvalid, parse

__all__ = ["is_scorecard", "read_scorecard"]

HIGHEST: Final = 10
INCONCLUSIVE: Final = -1

_FACT_AT_HIGHEST: Final = {
    "Binary-Artifacts": ("SRC-05", "noOpaqueBinaries"),
    "Dangerous-Workflow": ("REL-06", "untrustedInputIsolated"),
    "Token-Permissions": ("REL-06", "leastPrivilege"),
}
_REPOSITORY = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9._-]+){2,}")
_UPDATE_TOOL = re.compile(
    r"(?:detected update tool: )?(Dependabot|Renovate\w*|PyUp|Sonatype Lift)", re.IGNORECASE
)
_ACTIONS_UNPINNED = re.compile(r"Warn: .*GitHubActions? (?:dependency )?not pinned", re.IGNORECASE)
_ACTIONS = re.compile(
    r"Info: .*GitHubActions?.* (?:are|dependencies) pinned|GitHub-owned GitHubAction", re.IGNORECASE
)


def is_scorecard(document: Document) -> bool:
    """The file is JSON with a list of checks that have the names of Scorecard checks."""
    checks = _checks(document)
    names = (check.get("name") for check in checks if isinstance(check, dict))
    known = load_tools()["scorecard"].checks
    return any(isinstance(name, str) and name in known for name in names)


def _value(document: Document) -> Any:
    return parse(
        document.data.removeprefix(b"\xef\xbb\xbf"), source=document.path, max_bytes=MAX_SOURCE_BYTES
    )


def _checks(document: Document) -> list[Any]:
    if not document.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return []
    try:
        value = _value(document)
    except JsonInvalid:
        return []
    checks = value.get("checks") if isinstance(value, dict) else None
    return checks if isinstance(checks, list) else []


def read_scorecard(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """What the checks of one result say."""
    notes = Notes(document)
    try:
        value = _value(document)
    except JsonInvalid as error:
        notes.leave_out(error.message, line=error.line)
        return notes.reading()
    if not isinstance(value, dict):
        notes.leave_out("not a Scorecard result", line=0)
        return notes.reading()
    run = value.get("scorecard")
    version = run.get("version") if isinstance(run, dict) else None
    notes.label = f"{document.path} ({shown(str(version)) if version else 'no version'})"
    repository = value.get("repo")
    name = repository.get("name") if isinstance(repository, dict) else None
    if isinstance(name, str) and _REPOSITORY.fullmatch(name):
        notes.about("source", f"https://{name}", line=_line(document, name))
        notes.repository = f"https://{name}"
    else:
        notes.leave_out("does not name a repository, so it can't be evidence", line=0)
    seen: set[str] = set()
    for check in _checks(document):
        name = check.get("name") if isinstance(check, dict) else None
        if not isinstance(name, str) or name in seen:
            notes.leave_out("has a check without a name, or two checks of one name", line=0)
            continue
        seen.add(name)
        _check(notes, check)
    return notes.reading()


def _check(notes: Notes, check: dict[str, Any]) -> None:
    name, score, reason = check["name"], check.get("score"), check.get("reason")
    line = _line(notes.document, f'"{name}"')
    known = scorecard_check(name)
    why = shown(reason) if isinstance(reason, str) else "no reason given"
    if known is None:
        notes.leave_out(f"{shown(name)}: no practice uses this check", line=line)
    elif not isinstance(score, int) or isinstance(score, bool) or not INCONCLUSIVE < score <= HIGHEST:
        notes.leave_out(f"{name} is inconclusive: {why}", line=line)
    else:
        evidence = _evidence(notes.document, name) if score >= known.at_least else None
        listed = check.get("details")
        details = [text for text in listed if isinstance(text, str)] if isinstance(listed, list) else []
        fact = _fact(name, score, details)
        if fact is not None:
            notes.fact(*fact, line=line, evidence=evidence)
        for practice in known.supports:
            text = f"Scorecard {name} {score}/{HIGHEST}: {why}"
            notes.hint(practice, text, line=line, evidence=evidence)


def _evidence(document: Document, check: str) -> Pointer | None:
    """The check as evidence, if the result says which commit was examined and when."""
    try:
        observe(document.data, check=check)
    except ObservationInvalid:
        return None
    return Pointer(kind="scorecard", target=document.path, check=check)


def _fact(name: str, score: int, details: list[str]) -> tuple[str, str, bool | str] | None:
    """The practice, fact and value that the check supports, or `None`."""
    if name == "CI-Tests" and score:
        return ("TST-01", "automated", True)
    if name == "Dependency-Update-Tool" and score:
        tool = next((match[1] for text in details if (match := _UPDATE_TOOL.search(text))), None)
        return ("DEP-03", "updateTool", tool) if tool else None
    if name == "Pinned-Dependencies":
        examined = any(_ACTIONS.search(text) for text in details)
        unpinned = any(_ACTIONS_UNPINNED.search(text) for text in details)
        return ("REL-06", "actionsPinned", True) if examined and not unpinned else None
    if name in _FACT_AT_HIGHEST and score == HIGHEST:
        return (*_FACT_AT_HIGHEST[name], True)
    return None


def _line(document: Document, text: str) -> int:
    position = document.text.find(text)
    return document.line_of(position) if position >= 0 else 0
