"""`avow plan` as people use it: from a record to decisions, a table and notes, and nothing is lost."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Ended

from avow.cli import run

Avow = Callable[..., Ended]

SAMPLE = Path(__file__).parents[3] / "examples" / "product"
SBOM = "sample-gateway.cdx.json"


@pytest.fixture(scope="session")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample product with a folder file and the record of a survey."""
    directory = tmp_path_factory.mktemp("plan") / "gateway"
    shutil.copytree(SAMPLE, directory, ignore=shutil.ignore_patterns("*.py", "__pycache__", "README.md"))

    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(2026, 11, 24, 12, tzinfo=tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        patch.setattr(import_module("avow.cli.survey"), "datetime", Then)  # support ends as time goes by
        assert run(["data", "add", "data", "--in-place", "--data", "data"]) == 0
        assert run(["start"]) == 0
        assert run(["survey", "--quiet", "--data", "data"]) == 0
    return directory


@pytest.fixture(autouse=True)
def product(surveyed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the working directory."""
    directory = tmp_path / "gateway"
    shutil.copytree(surveyed, directory)
    monkeypatch.chdir(directory)
    return directory


def text(path: str = "plan.yaml") -> str:
    """The plan."""
    return Path(path).read_text(encoding="utf-8")


def hint(ended: Ended) -> str:
    """The next step of an error."""
    return ended.err.partition("  next  ")[2].strip()


def test_from_a_record_to_a_decision_and_to_the_next_version(avow: Avow) -> None:
    """What is decided stays decided when the SBOM has another version of the component."""
    ended = avow("plan", "update")
    assert ended.code == 0
    assert "plan.yaml: 7 upstream projects and 5 vulnerabilities added" in ended.err
    shown = avow("plan", "show").out
    assert "not decided: 5\n" in shown
    assert "  CVE-2099-1001 in https://github.com/urllib3/urllib3\n" in shown
    item = text()[text().index("- id: CVE-2099-1001") :]
    decided = item.replace(
        "answer: open",
        "answer: notExploitable\n        because: no proxy is used\n        source: REV-1\n"
        '        date: "2026-11-20"\n'
        "        owner: product security",
        1,
    )
    Path("plan.yaml").write_text(text().replace(item, decided), encoding="utf-8")
    assert "not decided: 4\n" in avow("plan", "show").out
    sbom = Path(SBOM).read_text(encoding="utf-8").replace("urllib3@1.26.5", "urllib3@1.26.6")
    Path(SBOM).write_text(sbom.replace('"1.26.5"', '"1.26.6"'), encoding="utf-8")
    assert avow("survey", "--quiet", "--data", "data").code == 0
    assert "urllib3@1.26.6" in Path("survey.json").read_text(encoding="utf-8")
    before = text()
    assert avow("plan", "update").err.endswith("plan.yaml: nothing is new\n")
    assert text() == before


def test_what_is_printed_is_not_written(avow: Avow) -> None:
    """And is what would be written."""
    printed = avow("plan", "update", "--print").out
    assert not Path("plan.yaml").exists()
    assert avow("plan", "update").code == 0
    assert printed == text()


def test_a_project_without_vulnerabilities_is_new(avow: Avow) -> None:
    """There is no answer to give, and none is asked for."""
    assert avow("plan", "update").code == 0
    start = text().index("  # openssl")
    end = text().find("  # ", start + 4)
    Path("plan.yaml").write_text(text()[:start] + (text()[end:] if end > 0 else ""), encoding="utf-8")
    ended = avow("plan", "update")
    assert "1 upstream project and 0 vulnerabilities added" in ended.err
    assert "Next" not in ended.err


def test_another_plan_and_another_record(avow: Avow) -> None:
    """By options; without a folder file, by the usual names."""
    Path("survey.json").rename("first.json")
    assert avow("plan", "update", "--record", "first.json", "--plan", "ours.yaml").code == 0
    assert text("ours.yaml").startswith("# What we decided")
    Path("avow.toml").unlink()
    Path("first.json").rename("survey.json")
    assert avow("plan", "update").code == 0
    assert text() == text("ours.yaml")


def test_the_folder_names_the_plan(avow: Avow) -> None:
    """And its record."""
    folder = Path("avow.toml").read_text(encoding="utf-8")
    Path("avow.toml").write_text(folder.replace('plan = "plan.yaml"', 'plan = "ours.yaml"'), encoding="utf-8")
    assert avow("plan", "update").code == 0
    assert "upstreams:" in text("ours.yaml")


def test_what_can_not_be_added_to_is_said(avow: Avow) -> None:
    """A person wrote it in brackets."""
    Path("plan.yaml").write_text(
        "avow-plan: 1\nupstreams:\n  - {upstream: 'https://github.com/urllib3/urllib3'}\n", encoding="utf-8"
    )
    ended = avow("plan", "update")
    assert ended.code == 0
    assert "not added: https://github.com/urllib3/urllib3: upstreams/0 is written in brackets" in ended.err
    assert "in the record and not in the plan (avow plan update adds them): 1\n" in avow("plan", "show").out


def test_the_table_goes_out_and_comes_back(avow: Avow) -> None:
    """With one cell changed; the rest of the file is as it was."""
    assert avow("plan", "update").code == 0
    before = text()
    assert avow("plan", "export", "plan.csv").err == "plan.csv: 7 upstream projects written\n"
    table = Path("plan.csv").read_text(encoding="utf-8")
    assert "urllib3 1.26.5; listed as exploited by CISA KEV, EUVD; fixed in 1.26.9" in table
    assert avow("plan", "import", "plan.csv").err == "plan.yaml: 0 values changed\n"
    rows = table.splitlines(keepends=True)
    at = next(
        number for number, row in enumerate(rows) if row.startswith("https://github.com/jquery/jquery,,")
    )
    rows[at] = rows[at].replace("jquery 3.4.1,,", "jquery 3.4.1,web team,", 1)
    Path("plan.csv").write_text("".join(rows), encoding="utf-8")
    assert avow("plan", "import", "plan.csv").err == (
        "  https://github.com/jquery/jquery: owner\nplan.yaml: 1 value changed\n"
    )
    assert [line for line in text().splitlines() if line not in before.splitlines()] == [
        "    owner: web team"
    ]


def test_a_table_that_would_break_the_plan(avow: Avow) -> None:
    """Nothing is changed, and the reason is said."""
    assert avow("plan", "update").code == 0
    before = text()
    assert avow("plan", "export", "plan.csv").code == 0
    table = Path("plan.csv").read_text(encoding="utf-8")
    Path("plan.csv").write_text(table.replace(",open,", ",fixed,", 1), encoding="utf-8")
    ended = avow("plan", "import", "plan.csv")
    assert ended.code == 2
    assert "plan.yaml could not be used with the values of plan.csv" in ended.err
    assert "  plan.csv:3:1  fixed needs `because`    add because\n" in ended.err
    assert hint(ended) == "correct these rows; nothing was changed"
    assert text() == before


def test_hints_about_tables(avow: Avow) -> None:
    """Each is followed, and then the table is imported."""
    assert avow("plan", "update").code == 0
    assert avow("plan", "export", "plan.csv").code == 0
    table = Path("plan.csv").read_text(encoding="utf-8")
    again = "export the table again, and change cells below the head only"
    quoted = "export it again as CSV, with quotes around texts"
    correct = "correct these rows, or take them out; nothing was changed"
    for broken, followed in (
        (table.replace("answer", "verdict", 1), again),
        (f'{table}"a', quoted),
        (f"{table}pkg:npm/other,,,,us{',' * 21}\n", correct),
    ):
        Path("plan.csv").write_text(broken, encoding="utf-8")
        assert hint(avow("plan", "import", "plan.csv")) == followed
        Path("plan.csv").write_text(table, encoding="utf-8")
        assert avow("plan", "import", "plan.csv").code == 0
    Path("plan.csv").write_bytes(table.replace("jquery 3.4.1", "jqu\xe9ry").encode("iso-8859-1", "replace"))
    assert hint(avow("plan", "import", "plan.csv")) == "save it as CSV UTF-8"
    Path("plan.csv").write_text(table.replace("jquery 3.4.1", "jqu\xe9ry"), encoding="utf-8")
    assert avow("plan", "import", "plan.csv").code == 0


def test_a_plan_that_can_not_be_used(avow: Avow) -> None:
    """Corrected as the page says, it is; the example of that page is a plan."""
    page = (Path(__file__).parents[3] / "docs" / "plan.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    Path("plan.yaml").write_text(
        example.replace("answer: notExploitable", "answer: accepted"), encoding="utf-8"
    )
    assert hint(avow("plan", "show")) == "correct it; docs/plan.md explains it"
    Path("plan.yaml").write_text(example, encoding="utf-8")
    assert avow("plan", "show").code == 0


def test_a_table_without_a_record(avow: Avow) -> None:
    """It has what the plan has."""
    assert avow("plan", "update").code == 0
    Path("survey.json").unlink()
    assert avow("plan", "export", "plan.csv").code == 0
    assert "fixed in" not in Path("plan.csv").read_text(encoding="utf-8").replace("fixed version", "")


OPENSSL = "name-openssl-" + hashlib.sha256(b"name://openssl").hexdigest()[:8]


def test_notes_are_drafted_and_not_sent(avow: Avow) -> None:
    """One per project; what is there already, and was perhaps changed, is not replaced."""
    assert avow("plan", "update").code == 0
    ended = avow("plan", "ask", "notes")
    assert ended.err.startswith("notes: 2 notes written; none sent\n")
    names = sorted(each.name for each in Path("notes").iterdir())
    assert names == [
        "github-com-angular-angular-js-969981e9.md",
        f"{OPENSSL}.md",
    ]
    Path("notes", names[0]).write_text("changed", encoding="utf-8")
    Path("notes", names[1]).unlink()
    assert avow("plan", "ask", "notes").err.startswith("notes: 1 note written, 1 already there; none sent\n")
    assert Path("notes", names[0]).read_text(encoding="utf-8") == "changed"


POLICY = """\
avow-policy: 1
signers: []
require:
  - practice: VUL-01
  - practice: GOV-01
"""
DECIDED = """\
avow-plan: 1
upstreams:
  - upstream: https://github.com/urllib3/urllib3
    looks:
      - {practices: [VUL-01], saw: inPlace, source: their security page, date: DAY, who: us}
    acceptedGaps:
      - practices: [GOV-01]
        because: there is one maintainer
        measure: a second engineer of ours can build it
        owner: us
        until: "UNTIL"
"""


def decided() -> str:
    """The plan with days that are not far from today."""
    today = datetime.now(UTC).date()
    text = DECIDED.replace("UNTIL", str(today + timedelta(days=90)))
    return text.replace("DAY", str(today - timedelta(days=2)))


def test_what_was_decided_counts_in_a_verdict(avow: Avow) -> None:
    """Nobody has signed anything; with a look of ours and an accepted gap it is reviewOnly."""
    Path("policy.yaml").write_text(POLICY, encoding="utf-8")
    Path("urllib3.whl").write_bytes(b"wheel")
    Path("none").mkdir()
    verify = (
        *("verify", "urllib3.whl", "--bundle", "none", "--policy", "policy.yaml", "--format", "json"),
        *("--purl", "pkg:pypi/urllib3@1.26.5", "--observations", "own.yaml"),
    )
    plan = decided()
    Path("plan.yaml").write_text("avow-plan: 1\nupstreams: []\n", encoding="utf-8")
    ended = avow("plan", "observations", "own.yaml")
    assert ended.code == 2
    assert hint(ended).startswith("write looks, acceptedGaps or measures beside an upstream project")
    Path("plan.yaml").write_text(plan, encoding="utf-8")
    assert avow("plan", "observations", "own.yaml").err == "own.yaml: 2 entries written\n"
    ended = avow(*verify)
    assert ended.code == 0, ended.err
    (result,) = json.loads(ended.out)["results"]
    outcomes = {each["practice"]: each["outcome"] for each in result["outcomes"]}
    assert (result["verdict"], outcomes) == ("reviewOnly", {"VUL-01": "met", "GOV-01": "gapAccepted"})


def test_what_no_policy_can_name_is_said(avow: Avow) -> None:
    """And cut, if it is much."""
    record: dict[str, Any] = json.loads(Path("survey.json").read_bytes())
    upstream = next(
        each for each in record["upstreams"] if each["key"] == "https://github.com/urllib3/urllib3"
    )
    first = next(each for each in record["components"] if each["id"] in upstream["components"])
    record["components"] += [
        {key: value for key, value in first.items() if key != "purl"}
        | {"id": f"x{number}", "name": f"n{number}"}
        for number in range(12)
    ]
    upstream["components"] += [f"x{number}" for number in range(12)]
    Path("survey.json").write_text(json.dumps(record), encoding="utf-8")
    plan = decided()
    Path("plan.yaml").write_text(plan, encoding="utf-8")
    ended = avow("plan", "observations", "own.yaml")
    assert ended.code == 0
    assert "left out: n0 1.26.5 has no purl\n" in ended.err
    assert "left out: 2 more\n" in ended.err


def test_a_project_that_was_asked(avow: Avow) -> None:
    """Is not asked again, unless somebody wants it."""
    Path("plan.yaml").write_text(
        "avow-plan: 1\nupstreams:\n  - upstream: name://openssl\n    asked: [{date: 2026-11-20}]\n",
        encoding="utf-8",
    )
    assert avow("plan", "ask", "notes").err.startswith("notes: 1 note written")
    assert avow("plan", "ask", "again", "--again").err.startswith("again: 2 notes written")


def test_what_a_project_says_about_questions(avow: Avow) -> None:
    """Its declaration in hand counts; the note says what was found all the same."""
    record: dict[str, Any] = json.loads(Path("survey.json").read_bytes())
    upstream = next(each for each in record["upstreams"] if each["key"] == "name://openssl")
    record["declarations"] = [
        {
            "kind": "declaration",
            "voice": "projectSigned",
            "components": upstream["components"],
            "upstream": upstream["id"],
            "basis": "digest",
            "source": "a.json",
            "requests": "no",
        }
    ]
    Path("survey.json").write_text(json.dumps(record), encoding="utf-8")
    assert avow("plan", "ask", "notes").code == 0
    note = Path(f"notes/{OPENSSL}.md").read_text(encoding="utf-8")
    assert "support of `openssl 3.0` has ended" in note
    assert "What we would like to know" not in note


@pytest.mark.parametrize("words", [("update",), ("ask", "notes")])
def test_without_a_record(avow: Avow, words: tuple[str, ...]) -> None:
    """It says which command writes one."""
    Path("survey.json").unlink()
    ended = avow("plan", *words)
    assert ended.code == 2
    assert "there is no record survey.json" in ended.err
    assert hint(ended) == "avow survey writes it; or name one with --record"
    assert avow("survey", "--record", "other.json", "--quiet").code == 0
    assert avow("plan", *words, "--record", "other.json").code == 0


@pytest.mark.parametrize("words", [("show",), ("export", "plan.csv"), ("import", SBOM)])
def test_without_a_plan(avow: Avow, words: tuple[str, ...]) -> None:
    """There is nothing to show, to write or to change."""
    ended = avow("plan", *words)
    assert ended.code == 2
    assert "there is no plan plan.yaml" in ended.err
    assert hint(ended) == "avow plan update writes it"
    assert avow("plan", "update").code == 0
    assert avow("plan", "show").code == 0


def test_a_table_in_the_way(avow: Avow) -> None:
    """It may be the one that somebody works on."""
    assert avow("plan", "update").code == 0
    Path("plan.csv").write_text("mine", encoding="utf-8")
    ended = avow("plan", "export", "plan.csv")
    assert ended.code == 2
    assert hint(ended).startswith("it may have changes that are not imported yet; move it away")
    assert Path("plan.csv").read_text(encoding="utf-8") == "mine"
    assert avow("plan", "export", "other.csv").code == 0


def test_many_changed_values(avow: Avow) -> None:
    """Are counted, and the first of them named."""
    assert avow("plan", "update").code == 0
    assert avow("plan", "export", "plan.csv").code == 0
    rows = list(csv.DictReader(Path("plan.csv").read_text(encoding="utf-8-sig").splitlines()))
    for each in rows:
        if not each["vulnerability"]:
            each |= {"owner": "us", "note": "later"}
    with Path("plan.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert avow("plan", "import", "plan.csv").err.endswith("\n  and 4 more\nplan.yaml: 14 values changed\n")


def test_decisions_that_the_survey_speaks_against(avow: Avow) -> None:
    """One was listed as exploited afterwards; the other is said to be fixed, and is still there."""
    assert avow("plan", "update").code == 0
    item = text()[text().index("- id: CVE-2099-1001") :]
    open_one = "answer: openByDecision\n        because: later\n        owner: us\n        until: 2027-06-01"
    Path("plan.yaml").write_text(
        text().replace(item, item.replace("answer: open", open_one, 1)), encoding="utf-8"
    )
    assert (
        "listed as exploited, and decided before or without a date: look again: 1\n"
        "  CVE-2099-1001 in urllib3 1.26.5: openByDecision; CISA KEV, "
    ) in avow("plan", "show").out
    said = text().replace(open_one, "answer: fixed\n        because: 1.26.9 is in the next build")
    Path("plan.yaml").write_text(said, encoding="utf-8")
    shown = avow("plan", "show").out
    assert "said to be fixed, and found by the survey: 1\n  CVE-2099-1001 in urllib3 1.26.5\n" in shown
    assert "listed as exploited" not in shown


def test_a_plan_without_a_record_is_shown(avow: Avow) -> None:
    """And it is said that it was compared with nothing."""
    assert avow("plan", "update").code == 0
    Path("survey.json").unlink()
    ended = avow("plan", "show")
    assert ended.code == 0
    assert "not decided: 5\n" in ended.out
    assert "no record of a survey is here" in ended.err


def test_long_lists_are_cut(avow: Avow) -> None:
    """And counted."""
    entries = "".join(f"  - upstream: pkg:npm/a{n}\n    due: 2026-01-01\n" for n in range(12))
    Path("plan.yaml").write_text(f"avow-plan: 1\nupstreams:\n{entries}", encoding="utf-8")
    shown = avow("plan", "show").out
    assert "due: 12\n" in shown
    assert "  and 2 more\n" in shown


@pytest.mark.parametrize("content", ["{}", "[", '{"format": "avow-survey/9"}'])
def test_a_file_that_is_no_record(avow: Avow, content: str) -> None:
    """With what to name instead."""
    Path("survey.json").write_text(content, encoding="utf-8")
    ended = avow("plan", "update")
    assert ended.code == 2
    assert "survey.json is not the record of a survey" in ended.err
    assert hint(ended).startswith("name the JSON file that avow survey writes with --record")
    assert avow("survey", "--quiet").code == 0
    assert avow("plan", "update").code == 0


def test_a_record_of_another_version(avow: Avow) -> None:
    """Is not guessed at."""
    record = Path("survey.json").read_text(encoding="utf-8").replace("avow-survey/1", "avow-survey/9")
    Path("survey.json").write_text(record, encoding="utf-8")
    ended = avow("plan", "update")
    assert ended.code == 2
    assert "avow-survey/9" in ended.err
