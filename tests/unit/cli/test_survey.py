"""`avow survey` as people use it: what each option changes, what is written, and what is refused before."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Ended
from support.pipeline import COMPONENT, SHA256, Setting, declared_today, signer_rule
from support.public_data import OPENVEX, osv_archive, record
from support.virtual_sigstore import VirtualSigstore

from avow.cli import run
from avow.cli.survey import survey
from avow.report.survey import SURVEY_RENDERERS

Avow = Callable[..., Ended]
Json = dict[str, Any]

SAMPLE = Path(__file__).parents[3] / "examples" / "product"
SBOM = "sample-gateway.cdx.json"
VEX = "findings/sample-gateway.openvex.json"

OPTIONS = {
    "sboms": "test_several_sboms",
    "directory": "test_a_product_folder_elsewhere",
    "data": "test_data",
    "findings": "test_findings_of_ones_own",
    "supplied": "test_what_a_supplier_delivered",
    "evidence": "test_evidence",
    "roots": "test_a_trusted_root",
    "policy_path": "test_a_policy",
    "insecure_sandbox": "test_a_sandbox",
    "map_path": "test_a_map",
    "propose": "test_proposals_are_used_after_a_review",
    "record_path": "test_the_record_goes_where_it_is_asked",
    "reports": "test_reports_by_their_ending",
    "by": "test_who_made_the_record",
    "format_": "test_what_is_printed",
    "workers": "test_more_workers_change_nothing",
    "quiet": "test_quiet",
}


def test_every_option_does_something() -> None:
    """The test that says what."""
    assert {each.name for each in survey.params} == OPTIONS.keys()
    assert all(each in globals() for each in OPTIONS.values())


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample product, its data recorded and indexed."""
    directory = tmp_path_factory.mktemp("product") / "gateway"
    shutil.copytree(SAMPLE, directory, ignore=shutil.ignore_patterns("*.py", "__pycache__", "README.md"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        assert run(["data", "add", "data", "--in-place", "--data", "data"]) == 0
    return directory


@pytest.fixture(autouse=True)
def product(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the working directory."""
    directory = tmp_path / "gateway"
    shutil.copytree(prepared, directory)
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still, so that two records can be compared."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(2026, 11, 24, 12, tzinfo=tz)

    monkeypatch.setattr(import_module("avow.cli.survey"), "datetime", Then)


def read(path: str = "survey.json") -> Json:
    """The record."""
    found: Json = json.loads(Path(path).read_bytes())
    return found


def written() -> set[str]:
    """The files in the working directory that the sample does not have."""
    return {each.name for each in Path().iterdir()} - {SBOM, "data", "findings", "evidence"}


def write(name: str, content: object) -> Path:
    """A file with text as it is, and anything else as JSON."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def bom(*components: Json, **more: Any) -> Json:
    """An SBOM with these components."""
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components), **more}


# ---- what is surveyed


def test_several_sboms(avow: Avow) -> None:
    """In one record; which are named decides what is in it."""
    write("radio.cdx.json", bom({"type": "library", "name": "anvil", "purl": "pkg:npm/anvil@1.0.0"}))
    assert avow("survey", SBOM, "radio.cdx.json").code == 0
    both = read()
    assert avow("survey", "radio.cdx.json").code == 0
    assert (both["totals"]["sboms"], both["totals"]["components"]) == (2, 26)
    assert (read()["totals"]["sboms"], read()["totals"]["components"]) == (1, 1)


def stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """What standard input has."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_standard_input(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-`, in its place among the others; the record says where the SBOM came from."""
    write("radio.cdx.json", bom({"type": "library", "name": "anvil"}))
    stdin(monkeypatch, Path(SBOM).read_bytes())
    assert avow("survey", "-", "radio.cdx.json").code == 0
    assert [each["source"] for each in read()["sboms"]] == ["standard input", "radio.cdx.json"]
    assert read()["totals"]["components"] == 26


def test_standard_input_that_is_not_an_sbom(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused under its name; a generator that failed wrote nothing."""
    stdin(monkeypatch, b"")
    ended = avow("survey", "-")
    assert ended.code == 2
    assert "standard input: not an SBOM of a known format: it is empty" in ended.err
    assert written() == set()


def test_standard_input_twice(avow: Avow) -> None:
    """It can be read once."""
    assert "name - once" in avow("survey", "-", "-").err


def test_standard_input_that_is_closed(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service may run without it."""
    monkeypatch.setattr(sys, "stdin", None)
    assert "name a file instead of -" in avow("survey", "-").err
    assert avow("survey", SBOM).code == 0


def test_two_broken_sboms_are_reported_together(avow: Avow) -> None:
    """Each with its place and its next step; nothing is written."""
    write("b.json", '{"bomFormat": "CycloneDX",\n "specVersion": }')
    write("c.json", "")
    ended = avow("survey", SBOM, "b.json", "c.json", "--report", "r.html")
    assert ended.code == 2
    assert "2 of 3 SBOMs can't be read" in ended.err
    assert "b.json:2:" in ended.err
    assert "c.json" in ended.err
    assert "check the command that should have written it" in ended.err
    assert written() == {"b.json", "c.json"}


def test_an_empty_sbom_is_not_an_error(avow: Avow) -> None:
    """The record says that nothing was in it."""
    write("a.json", bom())
    ended = avow("survey", "a.json")
    assert ended.code == 0
    assert read()["totals"]["components"] == 0


# ---- what it rests on


def test_data(avow: Avow) -> None:
    """With it, components are looked up; without it, the record says so, and never that nothing was found."""
    ended = avow("survey", SBOM)
    assert ended.code == 0
    assert read()["totals"]["lookedUp"] == 0
    assert "vulnerabilities" not in read()
    assert any(each["source"] == "public data" for each in read()["gaps"])
    assert avow("survey", SBOM, "--data", "data").code == 0
    assert read()["totals"]["vulnerabilities"] == 5
    assert {each["kind"] for each in read()["snapshots"]} >= {"osv", "kev", "eukev", "endoflife", "epss"}


def test_findings_of_ones_own(avow: Avow) -> None:
    """They are listed with their digest, and heard as the user's."""
    assert avow("survey", SBOM, "--data", "data", "--findings", VEX).code == 0
    assert VEX in {each["path"] for each in read()["snapshots"]}
    assert '"voice": "own"' in Path("survey.json").read_text(encoding="utf-8")


def test_what_a_supplier_delivered(avow: Avow) -> None:
    """The same file in another voice."""
    assert avow("survey", SBOM, "--data", "data", "--supplied", VEX).code == 0
    text = Path("survey.json").read_text(encoding="utf-8")
    assert '"voice": "supplier"' in text
    assert '"voice": "own"' not in text


@pytest.mark.parametrize("option", ["--findings", "--supplied"])
def test_a_file_of_findings_that_is_none(avow: Avow, option: str) -> None:
    """An error of the call: an export that failed must not look like an empty one."""
    write("export.json", "<html>please sign in</html>")
    assert avow("survey", SBOM, option, "export.json").code == 2
    assert written() == {"export.json"}


def test_evidence(avow: Avow) -> None:
    """A project's own file about one of the components."""
    assert avow("survey", SBOM).code == 0
    assert "declarations" not in read()
    assert avow("survey", SBOM, "--evidence", "evidence").code == 0
    assert [each["kind"] for each in read()["declarations"]] == ["security-insights"]


def test_a_source_archive(avow: Avow) -> None:
    """It proposes what a component is; one that can't be read is named, and stops nothing."""
    manifest = b'[package]\nname = "anvil"\nversion = "1.0.0"\n'
    Path("src").mkdir()
    with tarfile.open("src/anvil-1.0.0.tar.gz", "w:gz") as made:
        member = tarfile.TarInfo("anvil-1.0.0/Cargo.toml")
        member.size = len(manifest)
        made.addfile(member, io.BytesIO(manifest))
    write("src/broken.tar.gz", "broken")
    write("src/notes.zip", "no zip archive either")
    digest = hashlib.sha256(Path("src/anvil-1.0.0.tar.gz").read_bytes()).hexdigest()
    hashes = [{"alg": "SHA-256", "content": digest}]
    write("a.json", bom({"type": "library", "name": "firmware part", "hashes": hashes}))
    for given in (("src",), ("src/anvil-1.0.0.tar.gz", "src/broken.tar.gz")):
        words = [word for each in given for word in ("--evidence", each)]
        assert avow("survey", "a.json", *words, "--propose", "rows.yaml").code == 0
        (proposal,) = read()["proposals"]
        assert proposal["what"] == (
            "it is pkg:cargo/anvil@1.0.0, by anvil-1.0.0/Cargo.toml in anvil-1.0.0.tar.gz, "
            "which has its digest"
        )
        assert any(
            "damaged" in each["why"] for each in read()["gaps"] if each["source"] == "src/broken.tar.gz"
        )
    assert 'is: "pkg:cargo/anvil@1.0.0"' in Path("rows.yaml").read_text(encoding="utf-8")


ACME = bom(
    {
        "type": "library",
        "name": "acmelib",
        "version": "2.4.1",
        "purl": f"{COMPONENT}@2.4.1",
        "hashes": [{"alg": "SHA-256", "content": SHA256}],
    }
)


def signed(virtual: VirtualSigstore | None = None) -> Setting:
    """A declaration about the component of `acme.json`, with its root in `pinned.json` and a policy."""
    now = datetime.now(UTC).replace(microsecond=0)
    shutil.rmtree("evidence")
    setting = Setting(Path(), virtual=virtual or VirtualSigstore(now=now, organisation="acme trust"))
    setting.sign(declared_today(), at=now)
    write("acme.json", ACME)
    return setting


def heard() -> list[tuple[str, bool]]:
    """Voice of each declaration, and whether a signer is known."""
    return [(each["voice"], bool(each.get("signer"))) for each in read().get("declarations", [])]


def test_a_trusted_root(avow: Avow) -> None:
    """Without it, nobody verified the bundle; with it, its signer is named."""
    signed()
    assert avow("survey", "acme.json", "--evidence", "store").code == 0
    without = heard()
    assert all(not signer for _, signer in without)
    assert avow("survey", "acme.json", "--evidence", "store", "--trusted-root", "pinned.json").code == 0
    assert [signer for _, signer in heard()] == [True]
    assert heard() != without


def test_a_policy(avow: Avow) -> None:
    """It says who may speak: the same bundle has another voice under another policy."""
    setting = signed()
    setting.ask().rename("theirs.yaml")
    setting.ask(signers=(signer_rule(sourceRepository="https://github.com/acme/other"),)).rename("other.yaml")
    found = []
    for policy in ("theirs.yaml", "other.yaml"):
        assert avow("survey", "acme.json", "--evidence", "store", "--policy", policy).code == 0
        found.append(heard())
    assert found[0] == [("projectSigned", True)]
    assert found[1] != found[0]


def test_a_root_without_evidence(avow: Avow) -> None:
    """The record says that nothing was verified."""
    signed()
    assert avow("survey", "acme.json", "--trusted-root", "pinned.json").code == 0
    assert {
        "source": "declarations",
        "why": "no evidence was given, so nothing was verified",
    }.items() <= next(each for each in read()["gaps"] if each["source"] == "declarations").items()


def test_a_sandbox(avow: Avow) -> None:
    """Refused without the option; accepted with it, and the record says so."""
    signed(VirtualSigstore(now=datetime.now(UTC).replace(microsecond=0)))
    call = ("survey", "acme.json", "--evidence", "store", "--trusted-root", "pinned.json")
    refused = avow(*call)
    assert refused.code == 2
    assert "--insecure-sandbox" in refused.err
    assert avow(*call, "--insecure-sandbox").code == 0
    assert "sandbox" in json.dumps(read()["gaps"])


def test_a_root_that_verifies_nothing(avow: Avow) -> None:
    """Refused with its name: every signature would look bad. Without it, the other root is used."""
    signed()
    empty = json.loads(Path("pinned.json").read_bytes()) | {"tlogs": [], "certificateAuthorities": []}
    write("empty.json", empty)
    call = ("survey", "acme.json", "--evidence", "store", "--trusted-root", "pinned.json")
    ended = avow(*call, "--trusted-root", "empty.json")
    assert ended.code == 2
    assert "empty.json" in ended.err
    assert "leave this root out" in ended.err
    assert avow(*call).code == 0


def test_a_map(avow: Avow) -> None:
    """What a person decided about a component decides what is looked up for it."""
    osv_archive(Path("all.zip"), record("PYSEC-1"))
    assert avow("data", "add", "all.zip", "--data", "own").code == 0
    write("a.json", bom({"type": "library", "name": "anvil", "version": "1.0"}))
    write(
        "avow.map",
        "map: 1\nrows:\n  - {name: anvil, is: pkg:pypi/acme, reviewedBy: us, reviewed: 2026-01-02}\n",
    )
    call = ("survey", "a.json", "--data", "own")
    assert avow(*call).code == 0
    assert read()["totals"]["vulnerabilities"] == 0
    assert avow(*call, "--map", "avow.map").code == 0
    assert read()["totals"]["vulnerabilities"] == 1


def test_proposals_are_used_after_a_review(avow: Avow) -> None:
    """As they are written, the map refuses each; completed by a person, it takes them."""
    ended = avow("survey", SBOM, "--propose", "rows.yaml")
    assert ended.code == 0
    assert "rows.yaml" in ended.err
    rows = Path("rows.yaml").read_text(encoding="utf-8")
    refused = avow("survey", SBOM, "--map", "rows.yaml", "--record", "other.json")
    assert refused.code == 2
    assert refused.err.count("rows.yaml:") >= rows.count("reviewedBy")
    assert not Path("other.json").exists()
    rows = rows.replace('is: ""', "is: pkg:github/acme/anvil").replace('reviewedBy: ""', "reviewedBy: us")
    write("avow.map", rows.replace('reviewed: ""', "reviewed: 2026-11-01"))
    before = read()["totals"]
    assert avow("survey", SBOM, "--map", "avow.map").code == 0
    assert before["proposals"] > 0
    assert read()["totals"]["proposals"] == 0


# ---- what is written


def test_the_record_goes_where_it_is_asked(avow: Avow) -> None:
    """By default to survey.json, here; folders on the way are made; the report names it."""
    assert avow("survey", SBOM).code == 0
    assert written() == {"survey.json"}
    Path("survey.json").unlink()
    ended = avow("survey", SBOM, "--record", "out/a.json")
    assert ended.code == 0
    assert read("out/a.json")["totals"]["sboms"] == 1
    assert "exit 0: record written to out/a.json" in ended.err
    assert written() == {"out"}


@pytest.mark.usefixtures("stopped")
def test_reports_by_their_ending(avow: Avow) -> None:
    """Several at once; each is what --format prints."""
    formats = {"html": "html", "htm": "html", "MD": "markdown", "csv": "csv", "txt": "text", "json": "json"}
    reports = [word for each in formats for word in ("--report", f"r.{each}")]
    assert avow("survey", SBOM, "--data", "data", *reports).code == 0
    for ending, name in formats.items():
        printed = avow("survey", SBOM, "--data", "data", "--format", name).out
        assert printed.endswith("\n")
        assert Path(f"r.{ending}").read_bytes().decode().removesuffix("\n") == printed.removesuffix("\n")


@pytest.mark.parametrize("name", ["report", "report.pdf", "html"])
def test_a_report_without_a_known_ending(avow: Avow, name: str) -> None:
    """Refused before anything is read or written."""
    ended = avow("survey", "missing.json", "--report", name)
    assert ended.code == 2
    assert f"{name} does not say which report it is to be" in ended.err
    assert written() == set()


def test_who_made_the_record(avow: Avow) -> None:
    """It is in the record and its reports, and in the command that does the same again."""
    assert avow("survey", SBOM, "--by", "Kim", "--report", "r.html", "--report", "r.md").code == 0
    assert read()["by"] == "Kim"
    assert read()["command"][-2:] == ["--by", "Kim"]
    assert "<dt>Made by (as stated)</dt><dd>Kim</dd>" in Path("r.html").read_text(encoding="utf-8")
    assert " by Kim with avow " in Path("r.md").read_text(encoding="utf-8")
    assert avow("survey", SBOM, "--report", "r.html").code == 0
    assert "Made by" not in Path("r.html").read_text(encoding="utf-8")


def test_what_is_printed(avow: Avow) -> None:
    """Text by default; every format of the table is one of the option."""
    printed = {each: avow("survey", SBOM, "--format", each).out for each in SURVEY_RENDERERS}
    assert len(set(printed.values())) == len(SURVEY_RENDERERS)
    assert json.loads(printed["json"])["totals"]["sboms"] == 1
    assert avow("survey", SBOM).out == printed["text"]
    assert avow("survey", SBOM, "--format", "pdf").code == 2


def test_quiet(avow: Avow) -> None:
    """Nothing but the files; an error is still one."""
    ended = avow("survey", SBOM, "--data", "data", "--quiet", "--report", "r.html")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert written() == {"survey.json", "r.html"}
    assert avow("survey", "missing.json", "--quiet").err.startswith("error:")


@pytest.mark.usefixtures("stopped")
def test_more_workers_change_nothing(avow: Avow) -> None:
    """Byte for byte: the record, the reports and the errors."""
    names = [f"{each}.cdx.json" for each in range(5)]
    for name in names:
        parts = [
            {"type": "library", "name": f"p{each}", "purl": f"pkg:pypi/urllib3@1.26.{each}"}
            for each in range(300)
        ]
        write(name, bom(*parts, serialNumber=f"urn:uuid:{name}"))
    outcomes = []
    for workers in (1, 2):
        report = f"{workers}.html"
        call = ("--workers", workers, "--record", f"{workers}.json", "--report", report)
        ended = avow("survey", SBOM, *names, "--data", "data", *call)
        assert ended.code == 0, ended.err
        outcomes.append((ended.out, Path(f"{workers}.json").read_bytes(), Path(report).read_bytes()))
    assert outcomes[0] == outcomes[1]
    for name in names[1:3]:
        write(name, "{")
    errors = [avow("survey", *names, "--workers", workers) for workers in (1, 2)]
    assert errors[0] == errors[1]
    assert errors[0].code == 2


@pytest.mark.parametrize("workers", ["0", "65", "many"])
def test_an_impossible_number_of_workers(avow: Avow, workers: str) -> None:
    """Refused before anything is read."""
    assert avow("survey", SBOM, "--workers", workers).code == 2


@pytest.mark.usefixtures("stopped")
def test_the_same_again(avow: Avow) -> None:
    """The same inputs on the same day are the same record, which replaces the old one."""
    call = ("survey", SBOM, "--data", "data", "--findings", VEX, "--evidence", "evidence")
    assert avow(*call).code == 0
    first = Path("survey.json").read_bytes()
    assert avow(*call).code == 0
    assert Path("survey.json").read_bytes() == first


# ---- nothing half-written


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--record", "a.json", "--propose", "./a.json"), "two outputs name the same file"),
        (("--report", "a.html", "--report", "b/../a.html"), "two outputs name the same file"),
        (("--record", f"{SBOM}/a.json"), SBOM),
        (("--report", "r.html", "--record", "data"), "data"),
    ],
)
def test_outputs_that_can_not_be(avow: Avow, options: tuple[str, ...], what: str) -> None:
    """Found before anything is read: the SBOM does not even exist."""
    ended = avow("survey", "missing.json", *options)
    assert ended.code == 2
    assert what in ended.err
    assert written() <= {"b"}


@pytest.mark.parametrize("option", ["--record", "--report", "--propose"])
def test_an_input_is_not_replaced(avow: Avow, option: str) -> None:
    """The SBOM is what the record is about; no other output is written either."""
    before = Path(SBOM).read_bytes()
    ended = avow("survey", SBOM, option, SBOM, "--report", "r.html")
    assert ended.code == 2
    assert Path(SBOM).read_bytes() == before
    assert written() == set()


def test_a_report_that_can_not_be_written(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record comes last: an old one stays as it was."""
    write("survey.json", "the old one")

    def fails(path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(import_module("avow.cli.survey"), "write_atomically", fails)
    ended = avow("survey", SBOM, "--report", "r.html")
    assert ended.code == 2
    assert "No space left on device" in ended.err
    assert Path("survey.json").read_text(encoding="utf-8") == "the old one"
    assert written() == {"survey.json"}


def test_an_interruption(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C leaves nothing."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("avow.survey.assemble.survey", interrupted)
    ended = avow("survey", SBOM, "--data", "data", "--workers", "2", "--report", "r.html")
    assert ended.code == 130
    assert "no file is left half-written" in ended.err
    assert written() == set()


# ---- avow.toml


def folder(**values: Any) -> None:
    """Write avow.toml."""
    given = {"sboms": [SBOM]} | values
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in given.items())
    write("avow.toml", f'format = 1\n{lines}[product]\nname = "gateway"\n')


def test_the_product_folder_is_used(avow: Avow) -> None:
    """Every path in it, without a single option."""
    write(
        "avow.map",
        "map: 1\nrows:\n  - {cpe: 'busybox:busybox', own: us, reviewedBy: us, reviewed: 2026-01-02}\n",
    )
    folder(
        data="data",
        findings=["findings/*.json"],
        evidence=["evidence"],
        map="avow.map",
        record="out/record.json",
        report="out/report.md",
    )
    ended = avow("survey")
    assert ended.code == 0, ended.err
    found = read("out/record.json")
    assert found["product"]["name"] == "gateway"
    assert found["totals"]["vulnerabilities"] == 5
    assert [each["kind"] for each in found["declarations"]] == ["security-insights"]
    assert VEX in {each["path"] for each in found["snapshots"]}
    assert found["totals"]["proposals"] == 2
    assert Path("out/report.md").read_text(encoding="utf-8").startswith("# ")
    assert written() == {"avow.map", "avow.toml", "out"}


def test_supplied_root_and_policy_of_the_folder(avow: Avow) -> None:
    """The keys that the sample does not use."""
    signed().ask()
    write("their.vex.json", OPENVEX)
    folder(
        sboms=["acme.json"],
        supplied=["their.*.json"],
        evidence=["store"],
        roots=["pinned.json"],
        policy="policy.yaml",
    )
    assert avow("survey").code == 0
    assert heard() == [("projectSigned", True)]
    assert "their.vex.json" in {each["path"] for each in read()["snapshots"]}


def test_options_win_over_the_folder(avow: Avow) -> None:
    """Each replaces its key and no other."""
    folder(data="data", record="a.json", report="a.html", evidence=["evidence"])
    osv_archive(Path("all.zip"), record("PYSEC-1"))
    assert avow("data", "add", "all.zip", "--data", "own").code == 0
    ended = avow("survey", "--data", "own", "--record", "b.json", "--report", "b.csv")
    assert ended.code == 0
    assert read("b.json")["totals"]["vulnerabilities"] == 0
    assert [each["kind"] for each in read("b.json")["declarations"]] == ["security-insights"]
    assert written() == {"avow.toml", "all.zip", "own", "b.json", "b.csv"}


def test_a_product_folder_elsewhere(avow: Avow, product: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its paths are relative to its file, and its results are in it."""
    folder(data="data", record="a.json")
    monkeypatch.chdir(product.parent)
    assert avow("survey").code == 2
    assert avow("survey", "--product", "gateway").code == 0
    assert read("gateway/a.json")["totals"]["vulnerabilities"] == 5
    assert [each.name for each in Path().iterdir()] == ["gateway"]


def test_other_sboms_are_not_the_product(avow: Avow) -> None:
    """A supplier's SBOM does not replace the product's record, and does not get its name; that is said."""
    folder(record="a.json", report="a.html")
    write("theirs.json", bom({"type": "library", "name": "anvil"}))
    ended = avow("survey", "theirs.json")
    assert ended.code == 0
    assert "does not list" in ended.err
    assert written() == {"avow.toml", "theirs.json", "survey.json"}
    assert "gateway" not in json.dumps(read().get("product", {}))
    assert avow("survey", f"./{SBOM}").code == 0
    assert read("a.json")["product"]["name"] == "gateway"


def test_data_of_the_folder_that_does_not_exist(avow: Avow) -> None:
    """A gap with a name: nothing was looked up."""
    folder(data="snapshots")
    assert avow("survey").code == 0
    (why,) = [each["why"] for each in read()["gaps"] if each["source"] == "public data"]
    assert "snapshots" in why
    assert read()["totals"]["lookedUp"] == 0


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"sboms": ["missing.json"]}, "missing.json"),
        ({"sboms": []}, "no SBOM is given"),
        ({"findings": ["none/*.json"]}, "none/*.json"),
        ({"evidence": ["nowhere"]}, "nowhere"),
        ({"report": "report.pdf"}, "does not say which report"),
        ({"map": "missing.map"}, "missing.map"),
        ({"policy": "missing.yaml", "evidence": ["evidence"]}, "missing.yaml"),
        ({"sbom": "a"}, "sbom"),
    ],
)
def test_a_folder_that_can_not_be_used(avow: Avow, values: Json, word: str) -> None:
    """What it names has to be there, but for the data; nothing is written."""
    folder(**values)
    ended = avow("survey")
    assert ended.code == 2
    assert word in ended.err
    assert written() == {"avow.toml"}


def test_a_pattern_for_too_many_files(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `*` that went wrong is refused, not followed."""
    monkeypatch.setattr("avow.cli.folder.MAX_FILES", 1)
    write("findings/second.json", OPENVEX)
    folder(findings=["findings/*.json"])
    ended = avow("survey")
    assert ended.code == 2
    assert "more than 1 files" in ended.err


def test_a_link_to_itself(avow: Avow) -> None:
    """As an SBOM it is an error of the call; as an output it is replaced."""
    Path("loop.json").symlink_to("loop.json")
    assert avow("survey", "loop.json").code == 2
    assert avow("survey", SBOM, "--record", "loop.json").code == 0
    assert read("loop.json")["totals"]["sboms"] == 1


def test_a_folder_named_without_its_file(avow: Avow) -> None:
    """--product says that there is one."""
    ended = avow("survey", SBOM, "--product", "findings")
    assert ended.code == 2
    assert "has no avow.toml" in ended.err


def test_old_data_is_said(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots of last year are used, with a warning beside each."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(2027, 11, 20, tzinfo=tz)

    monkeypatch.setattr(import_module("avow.cli.survey"), "datetime", Later)
    assert avow("survey", SBOM, "--data", "data").code == 0
    assert "365 days old" in {each.get("warning") for each in read()["snapshots"]}


def test_findings_in_the_data_directory(avow: Avow) -> None:
    """They are read without being named; VEX there is a third party's."""
    assert avow("data", "add", VEX, "--data", "data").code == 0
    assert avow("survey", SBOM, "--data", "data").code == 0
    assert '"voice": "thirdPartyUnsigned"' in Path("survey.json").read_text(encoding="utf-8")
