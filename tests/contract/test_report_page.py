"""docs/verification.md shows the JSON report as Avow writes it, and says where its schema is."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from support.pipeline import COMPONENT, Setting, declaration, repo_file, security_contact
from support.virtual_sigstore import NOW

from avow.report.json import SCHEMA
from avow.verification.session import session_for_policy

ROOT: Final = Path(__file__).parent.parent.parent
PAGE: Final = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
SECTION: Final = PAGE[PAGE.index("## The JSON report") : PAGE.index("## See also")]


def a_report(directory: Path) -> dict[str, Any]:
    """Of a release with its file of evidence, one practice that is met and one whose gap is accepted."""
    setting = Setting(directory)
    sha256 = setting.keep(b"Report to security@acme.example\n")
    setting.ask(
        "name: ACME smart lamp",
        "require: [{practice: VUL-01, evidence: E2}, {practice: SUP-01}]",
    )
    own = directory / "observations.yaml"
    own.write_text(
        "avow-observations: 1\nacceptedGaps: [{practice: SUP-01, for: pkg:pypi/acmelib, "
        "versions: 'vers:pypi/2.4.1', because: replaced in firmware 4, measure: pinned and reviewed, "
        "owner: product security, until: '2027-03-31'}]\n",
        encoding="utf-8",
    )
    setting.sign(declaration(security_contact(evidence=[repo_file(sha256)])))
    session = session_for_policy(
        setting.policy, identity_only=False, accept_sandbox=False, today=NOW.date(), observations=(own,)
    )
    written: dict[str, Any] = json.loads(setting.decide(session=session, purl=f"{COMPONENT}@2.4.1").json)
    return written


def fits(shown: Any, written: Any) -> bool:
    """Equal; `…` in a text of the page is whatever differs each time, and at the end of a list the rest."""
    if isinstance(shown, dict) and isinstance(written, dict):
        return shown.keys() == written.keys() and all(fits(shown[key], written[key]) for key in shown)
    if isinstance(shown, list) and isinstance(written, list):
        if shown[-1:] == ["…"]:  # and so on
            return len(shown) - 1 <= len(written) and all(map(fits, shown[:-1], written))
        return len(shown) == len(written) and all(map(fits, shown, written))
    if isinstance(shown, str) and isinstance(written, str):
        pattern = ".*".join(map(re.escape, shown.split("…")))
        return re.fullmatch(pattern, written, re.DOTALL) is not None
    return bool(shown == written)


def test_the_example_is_what_is_written(tmp_path: Path) -> None:
    """Every field, in every object."""
    (example,) = re.findall(r"^```json\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
    shown, written = json.loads(example), a_report(tmp_path)
    assert fits(shown, written), _first_difference("", shown, written)


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ([1], [1, 2]),
        (["a", "…"], ["b", "c"]),
        ("a…", "ba"),
        (None, 0),
        ({"a": "…"}, {"a": 1}),
    ],
)
def test_what_does_not_fit(shown: Any, written: Any) -> None:
    """A field more, an item more, other words."""
    assert not fits(shown, written)


def test_every_part_is_explained() -> None:
    """The table has each field of `run` and of a result's outcome."""
    (example,) = re.findall(r"^```json\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
    shown = json.loads(example)
    (result,) = shown["results"]
    words = set(re.findall(r"`([A-Za-z]+)`", SECTION.replace(example, "")))
    assert {*shown, *shown["run"], *result, *result["outcomes"][0]} - words == set()


def test_the_schema_is_where_the_page_says(tmp_path: Path) -> None:
    """The command copies the shipped file."""
    (command,) = re.findall(r"^```sh\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
    assert command.startswith("python ")
    script = command.replace("python ", f"'{sys.executable}' ", 1)
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
    shipped = (ROOT / "src/avow/report/report-v0.1.schema.json").read_bytes()
    copied = (tmp_path / "report-v0.1.schema.json").read_bytes()
    assert hashlib.sha256(copied.strip()).digest() == hashlib.sha256(shipped.strip()).digest()
    assert json.loads(copied)["$id"] == SCHEMA


def _first_difference(place: str, shown: Any, written: Any) -> str:
    if isinstance(shown, dict) and isinstance(written, dict):
        for key in shown.keys() | written.keys():
            if not fits(shown.get(key), written.get(key)):
                return _first_difference(f"{place}.{key}", shown.get(key), written.get(key))
    if isinstance(shown, list) and isinstance(written, list) and len(shown) == len(written):
        for number, (one, other) in enumerate(zip(shown, written, strict=True)):
            if not fits(one, other):
                return _first_difference(f"{place}[{number}]", one, other)
    return f"{place}: the page has {shown!r}, and Avow writes {written!r}"
