"""The hints of `avow survey`, `avow start` and `avow data`: each is followed here, and gets further.

`test_hints.py` says which test follows which hint.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from support.command_line import Ended
from support.public_data import EU_KEV, KEV, OPENVEX, SCORECARD, osv_archive, record

from avow.advisories.history import read_history
from avow.errors import InputInvalid
from avow.formats.json_document import read_json

from .test_hints import hint

Avow = Callable[..., Ended]
Json = dict[str, Any]

ROOT = Path(__file__).parents[3]

SBOM: Json = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "components": [
        {"type": "library", "bom-ref": "acme", "name": "acme", "version": "1.0", "purl": "pkg:pypi/acme@1.0"}
    ],
}
XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>
<component type="library"><name>acme</name><version>1.0</version></component>
</components></bom>
"""
SPDX: Json = {
    "spdxVersion": "SPDX-2.3",
    "SPDXID": "SPDXRef-DOCUMENT",
    "name": "acme",
    "dataLicense": "CC0-1.0",
    "documentNamespace": "https://acme.example/spdx/1",
    "creationInfo": {"created": "2026-11-20T00:00:00Z", "creators": ["Tool: made-up"]},
    "packages": [{"SPDXID": "SPDXRef-a", "name": "acme", "downloadLocation": "NOASSERTION"}],
}
TAG_VALUE = """\
SPDXVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
DocumentName: {name}
PackageName: acme
SPDXID: SPDXRef-a
PackageDownloadLocation: NOASSERTION
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, content: object) -> Path:
    """A file with bytes or text as they are, and anything else as JSON."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, bytes | str):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def surveyed(ended: Ended) -> bool:
    """The record was written."""
    return ended.code == 0 and Path("survey.json").is_file()


def in_hint(ended: Ended, start: str, *, end: str = "$") -> list[str]:
    """The words of the `avow` command that the hint contains after `start`, without `avow` itself."""
    found = re.search(rf"{re.escape(start)}avow (.+?){end}", hint(ended))
    assert found is not None, ended.err
    return shlex.split(found[1])


# ---- survey: what is named


def test_no_sbom(avow: Avow) -> None:
    """Both ways that the hint names lead to a record."""
    ended = avow("survey")
    assert ended.code == 2
    write("product.cdx.json", SBOM)
    assert surveyed(avow(*in_hint(ended, "as in ", end=",")))
    Path("survey.json").unlink()
    assert avow(*in_hint(ended, "with ")).code == 0
    assert surveyed(avow("survey"))


def test_a_folder_without_sboms(avow: Avow) -> None:
    """Written where the hint says, or named: there is a record."""
    assert avow("start").code == 0
    write("a.cdx.json", SBOM)
    assert hint(avow("survey")) == "write it under sboms in avow.toml, or name it here"
    assert surveyed(avow("survey", "a.cdx.json"))
    Path("survey.json").unlink()
    text = Path("avow.toml").read_text(encoding="utf-8")
    write("avow.toml", text.replace("sboms = []", 'sboms = ["a.cdx.json"]'))
    assert surveyed(avow("survey"))


def test_an_address_as_sbom(avow: Avow) -> None:
    """Nothing is fetched; the file, once somebody has it, is named."""
    ended = avow("survey", "https://acme.example/a.cdx.json")
    assert "https://acme.example/a.cdx.json is an address" in ended.err
    assert hint(ended) == "download it, and name the file"
    write("a.cdx.json", SBOM)
    assert surveyed(avow("survey", "a.cdx.json"))


def test_a_directory_as_sbom(avow: Avow) -> None:
    """The shell expands the command in the hint, for a directory whose name has a space, too."""
    write("my sboms/a.cdx.json", SBOM)
    command = hint(avow("survey", "my sboms")).partition(": avow ")[2]
    expanded = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {command}"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert expanded == ["survey", "my sboms/a.cdx.json"]
    assert surveyed(avow(*expanded))


def test_an_sbom_that_does_not_exist(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the right name, or in its folder, it is found."""
    write("below/a.cdx.json", SBOM)
    assert hint(avow("survey", "a.cdx.json")) == "correct the name, or change to its folder"
    assert surveyed(avow("survey", "below/a.cdx.json"))
    monkeypatch.chdir("below")
    assert surveyed(avow("survey", "a.cdx.json"))


def test_a_worker_that_is_ended(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer workers, here one, the work is done."""
    write("a.cdx.json", SBOM)
    with monkeypatch.context() as patch:
        patch.setattr("avow.survey.batch.read_one", _ended)
        ended = avow("survey", "a.cdx.json", "--workers", "2")
    assert "use fewer --workers" in hint(ended)
    assert surveyed(avow("survey", "a.cdx.json", "--workers", "1"))


def _ended(_path: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_one_sbom_named_twice(avow: Avow) -> None:
    """Also under two spellings; once is right."""
    write("a.cdx.json", SBOM)
    assert hint(avow("survey", "a.cdx.json", "./a.cdx.json")) == "name each SBOM once"
    assert surveyed(avow("survey", "a.cdx.json"))


def test_two_outputs_of_one_name(avow: Avow) -> None:
    """With a name for each, all are written."""
    write("a.cdx.json", SBOM)
    call = ("survey", "a.cdx.json", "--record", "a.json")
    assert hint(avow(*call, "--propose", "a.json")) == "give each --record, --report and --propose its own"
    assert avow(*call, "--propose", "rows.yaml", "--report", "a.html").code == 0
    assert {"a.json", "rows.yaml", "a.html"} <= {each.name for each in Path().iterdir()}


def test_a_report_without_a_format(avow: Avow) -> None:
    """Every ending that the hint lists is a report."""
    write("a.cdx.json", SBOM)
    endings = re.findall(r"\.\w+", hint(avow("survey", "a.cdx.json", "--report", "report")))
    reports = [word for each in endings for word in ("--report", f"report{each}")]
    assert avow("survey", "a.cdx.json", *reports).code == 0
    assert all(Path(f"report{each}").stat().st_size for each in endings)


def test_a_product_folder_without_its_file(avow: Avow) -> None:
    """The command in the hint writes it, for a folder whose name has a space, too."""
    write("my gateway/a.cdx.json", SBOM)
    ended = avow("survey", "--product", "my gateway")
    assert avow(*in_hint(ended, "", end=" writes")).code == 0
    assert avow("survey", "--product", "my gateway").code == 0


def test_a_pattern_for_nothing(avow: Avow) -> None:
    """Corrected or removed under its key, the folder is used."""
    write("a.cdx.json", SBOM)
    assert avow("start").code == 0
    good = Path("avow.toml").read_text(encoding="utf-8")
    write("avow.toml", good.replace("a.cdx.json", "b*.cdx.json"))
    assert hint(avow("survey")) == "correct or remove it under sboms"
    write("avow.toml", good)
    assert surveyed(avow("survey"))


def test_a_broken_product_file(avow: Avow) -> None:
    """The file that the hint's command shows can be used."""
    write("a.cdx.json", SBOM)
    write("avow.toml", "sbom = 1\n")
    ended = avow("survey")
    shown = avow(*in_hint(ended, "", end=" shows"))
    write("avow.toml", shown.out)
    assert surveyed(avow("survey"))


# ---- survey: broken and large SBOMs


def test_two_broken_sboms(avow: Avow) -> None:
    """Left out, or made again: the others are surveyed."""
    write("a.cdx.json", SBOM)
    for name in ("b.json", "c.json"):
        write(name, '{"bomFormat": "CycloneDX"')
    ended = avow("survey", "a.cdx.json", "b.json", "c.json")
    assert hint(ended) == "leave them out, or get them again from where they were made"
    assert surveyed(avow("survey", "a.cdx.json"))
    for name in ("b.json", "c.json"):
        write(name, SBOM)
    assert avow("survey", "a.cdx.json", "b.json", "c.json").code == 0


@pytest.mark.parametrize(
    ("broken", "step", "fixed"),
    [
        (SBOM | {"specVersion": "2.0"}, "export the SBOM as CycloneDX 1.6", SBOM),
        (SPDX | {"spdxVersion": "SPDX-1.2"}, "export the SBOM as SPDX 2.3", SPDX),
        (json.dumps(SBOM).encode("utf-16") + b"\0", "export it again, as UTF-8", SBOM),
        (XML.replace("UTF-8", "klingon"), "save the document as UTF-8", XML),
        (XML.replace("<bom", "<!DOCTYPE bom>\n<bom"), "remove the declaration", XML),
        (
            re.sub(' xmlns="[^"]*"', "", XML),
            'add xmlns="http://cyclonedx.org/schema/bom/1.6" to bom',
            XML,
        ),
    ],
)
def test_a_document_in_another_form(avow: Avow, broken: object, step: str, fixed: object) -> None:
    """In the form that the hint names, it is read."""
    write("a.sbom", broken)
    ended = avow("survey", "a.sbom")
    assert (ended.code, step in hint(ended)) == (2, True), ended.err
    write("a.sbom", fixed)
    assert surveyed(avow("survey", "a.sbom"))


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (TAG_VALUE.format(name="M\u00fcller"), "iso-8859-1"),
        (json.dumps(SBOM | {"components": [{"name": "M\u00fcller"}]}, ensure_ascii=False), "iso-8859-1"),
        (json.dumps(SBOM), "utf-32"),
    ],
)
def test_a_document_in_another_encoding(avow: Avow, text: str, charset: str) -> None:
    """Converted as `iconv` does with the options in the hint."""
    broken = write("a.sbom", text.encode(charset))
    options = re.search(r"iconv -f (\S+) -t (\S+)", hint(avow("survey", "a.sbom")))
    assert options is not None
    broken.write_bytes(broken.read_bytes().decode(options[1]).encode(options[2]))
    assert surveyed(avow("survey", "a.sbom"))


def archive(name: str, *members: tuple[str, object]) -> Path:
    """A tar archive."""
    with tarfile.open(name, "w") as tar:
        for member, content in members:
            data = json.dumps(content).encode()
            about = tarfile.TarInfo(member)
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
    return Path(name)


def test_an_archive_of_other_files(avow: Avow, here: Path) -> None:
    """Unpacked, the SBOM inside is read."""
    path = archive("a.tar", ("image.cdx.json", SBOM))
    assert hint(avow("survey", "a.tar")) == "unpack it first, and give the SBOM that is inside"
    with tarfile.open(path) as tar:
        tar.extractall(here, filter="data")
    assert surveyed(avow("survey", "image.cdx.json"))


def test_a_large_archive(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the documents that matter alone, it is read."""
    other = SPDX | {"documentNamespace": "https://acme.example/2", "comment": "x" * 50_000}
    archive("all.tar", ("a.spdx.json", SPDX), ("b.spdx.json", other))
    archive("less.tar", ("a.spdx.json", SPDX))
    monkeypatch.setattr("avow.sbom.spdx2_set.MAX_UNPACKED_BYTES", 40_000)
    assert "in an archive of their own" in hint(avow("survey", "all.tar"))
    assert surveyed(avow("survey", "less.tar"))


@pytest.mark.parametrize(
    ("limit", "value", "name", "whole", "parts"),
    [
        (
            "avow.sbom.given.MAX_ENTRIES",
            1,
            "cdx.json",
            SBOM | {"components": [{"name": "a"}, {"name": "b"}]},
            (SBOM | {"components": [{"name": "a"}]}, SBOM | {"components": [{"name": "b"}]}),
        ),
        ("avow.survey.batch.MAX_SBOM_BYTES", 300, "cdx.json", SBOM | {"a": "x" * 200}, (SBOM,)),
        (
            "avow.sbom.cyclonedx_xml.MAX_ELEMENTS",
            6,
            "cdx.xml",
            XML.replace("</components>", "<component><name>b</name></component></components>"),
            (XML, XML.replace("acme<", "b<")),
        ),
    ],
)
def test_an_sbom_that_is_too_large(  # noqa: PLR0917  the parts of a case
    avow: Avow,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: int,
    name: str,
    whole: object,
    parts: tuple[object, ...],
) -> None:
    """Its parts are read, together."""
    monkeypatch.setattr(limit, value)
    write(f"a.{name}", whole)
    assert hint(avow("survey", f"a.{name}")).startswith("split the SBOM")
    names = [write(f"part-{number}.{name}", each) for number, each in enumerate(parts)]
    assert surveyed(avow("survey", *names))


def test_more_components_than_a_survey_takes(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts are surveyed, one after the other."""
    monkeypatch.setattr("avow.survey.components.MAX_COMPONENTS", 1)
    parts = [SBOM | {"components": [{"name": name}]} for name in ("a", "b")]
    write("all.json", SBOM | {"components": [each["components"][0] for each in parts]})
    assert hint(avow("survey", "all.json")).startswith("survey fewer SBOMs at once; split a larger one")
    assert all(surveyed(avow("survey", write("part.json", each))) for each in parts)


def test_two_formats_in_one_file(avow: Avow) -> None:
    """Each is read as a file of its own: an SBOM in two formats, and an SBOM with OpenVEX in it."""
    write("both.json", SBOM | SPDX)
    assert hint(avow("survey", "both.json")) == "give each as a file of its own"
    assert surveyed(avow("survey", write("one.json", SBOM), write("other.json", SPDX)))
    vex = {"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}
    write("both.json", SBOM | vex)
    assert hint(avow("survey", "one.json", "--findings", "both.json")) == "give each as a file of its own"
    write("vex.json", vex)
    assert surveyed(avow("survey", "one.json", "--findings", "vex.json", "--findings", "one.json"))


# ---- survey: the map, findings and data


def test_a_map_that_can_not_be_used(avow: Avow) -> None:
    """Corrected in the places that are named, it is used; the page that the hint names has such rows."""
    row = "{name: anvil, is: 'pkg:pypi/acme', reviewedBy: us, reviewed: 2026-01-01}"
    write("a.cdx.json", SBOM | {"components": [{"type": "library", "name": "anvil"}]})
    write("avow.map", f"map: 1\nrows:\n  - {row.replace('reviewedBy', 'by')}\n")
    call = ("survey", "a.cdx.json", "--map", "avow.map")
    ended = avow(*call)
    page = re.search(r"docs/\S+", hint(ended))
    assert page is not None
    assert "reviewedBy" in (ROOT / page[0]).read_text(encoding="utf-8")
    assert "avow.map:3" in ended.err
    write("avow.map", f"map: 1\nrows:\n  - {row}\n")
    assert surveyed(avow(*call))


def test_a_row_about_no_component(avow: Avow) -> None:
    """Looked at, and removed: the map is used."""
    row = "  - {name: anvil, own: us, reviewedBy: us, reviewed: 2026-01-01}\n"
    gone = "  - {name: hammer, own: us, reviewedBy: us, reviewed: 2026-01-01}\n"
    write("a.cdx.json", SBOM | {"components": [{"type": "library", "name": "anvil"}]})
    write("avow.map", f"map: 1\nrows:\n{row}{gone}")
    ended = avow("survey", "a.cdx.json", "--map", "avow.map")
    assert "look at it again" in hint(ended)
    place = re.search(r"avow\.map:(\d+)", ended.err)
    assert place is not None
    lines = Path("avow.map").read_text(encoding="utf-8").splitlines(keepends=True)
    assert lines.pop(int(place[1]) - 1) == gone
    write("avow.map", "".join(lines))
    assert surveyed(avow("survey", "a.cdx.json", "--map", "avow.map"))


def test_openvex_of_another_version(avow: Avow) -> None:
    """Written as 0.2.0, it is read."""
    write("a.cdx.json", SBOM)
    call = ("survey", "a.cdx.json", "--findings", "a.vex.json")
    write("a.vex.json", OPENVEX | {"@context": "https://openvex.dev/ns/v9.0.0"})
    assert "OpenVEX 0.2.0" in hint(avow(*call))
    write("a.vex.json", OPENVEX)
    assert surveyed(avow(*call))


def test_findings_of_another_version(avow: Avow) -> None:
    """The other export that the hint names is read."""
    write("a.cdx.json", SBOM)
    call = ("survey", "a.cdx.json", "--findings", "findings.json")
    write(
        "findings.json",
        {"version": "9.0", "meta": {"application": "Dependency-Track"}, "project": {}, "findings": []},
    )
    assert "CycloneDX (VDR)" in hint(avow(*call))
    vulnerability = {"id": "CVE-2026-0001", "affects": [{"ref": "acme"}]}
    write("findings.json", SBOM | {"vulnerabilities": [vulnerability]})
    assert surveyed(avow(*call))
    assert b"CVE-2026-0001" in Path("survey.json").read_bytes()


def test_something_else_as_findings(avow: Avow) -> None:
    """One of the formats that the hint lists is read."""
    write("a.cdx.json", SBOM)
    write("notes.txt", "nothing found\n")
    assert "OpenVEX" in hint(avow("survey", "a.cdx.json", "--findings", "notes.txt"))
    write("a.vex.json", OPENVEX)
    assert surveyed(avow("survey", "a.cdx.json", "--findings", "a.vex.json"))


def test_findings_that_are_too_large(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file for each project is read."""
    write("a.cdx.json", SBOM)
    statements = OPENVEX["statements"] * 9
    whole = write("all.vex.json", OPENVEX | {"statements": statements})
    write("one.vex.json", OPENVEX)
    monkeypatch.setattr("avow.findings.read.MAX_BYTES", whole.stat().st_size - 1)
    ended = avow("survey", "a.cdx.json", "--findings", "all.vex.json")
    assert hint(ended) == "export each project on its own"
    assert surveyed(avow("survey", "a.cdx.json", "--findings", "one.vex.json"))


def test_a_document_that_is_too_large() -> None:
    """With less in it, it is read."""
    document = {"findings": ["x" * 100, "y" * 100]}
    with pytest.raises(InputInvalid) as caught:
        read_json(json.dumps(document).encode(), source="a.json", max_bytes=200)
    assert caught.value.hint == "split the document, or export less of it"
    for each in document["findings"]:
        part = json.dumps({"findings": [each]}).encode()
        assert read_json(part, source="a.json", max_bytes=200)["findings"] == [each]


# ---- start


def test_an_empty_name(avow: Avow) -> None:
    """With one, and without the option, a file is written."""
    assert hint(avow("start", "a", "--name", " ")) == "give the product's name, or omit the option"
    assert avow("start", "a", "--name", "gateway").code == avow("start", "b").code == 0


def test_a_product_file_in_the_way(avow: Avow) -> None:
    """It can be edited; the hint's command shows a new one and leaves the old one."""
    write("avow.toml", "format = 1\n")
    ended = avow("start")
    shown = avow(*in_hint(ended, "or ", end=" shows"))
    assert shown.out.startswith("# One product.")
    assert Path("avow.toml").read_text(encoding="utf-8") == "format = 1\n"


# ---- data


def test_files_without_a_manifest(avow: Avow) -> None:
    """Recorded in place, as the hint says, more can be added; the directory's name has a space."""
    write("my data/kev.json", KEV)
    write("eukev.json", EU_KEV)
    call = ("data", "add", "eukev.json", "--data", "my data")
    ended = avow(*call)
    assert avow(*in_hint(ended, "record them: ")).code == 0
    assert avow(*call).code == 0


def test_a_directory_that_is_not_one_of_data(avow: Avow) -> None:
    """Both commands of the hint make it one."""
    write("kev.json", KEV)
    write("mine/kev.json", KEV)
    ended = avow("data", "verify", "--data", "other")
    first = in_hint(ended, "add files to it: ", end=";")
    assert avow(*(each.replace("FILE", "kev.json") for each in first)).code == 0
    ended = avow("data", "verify", "--data", "mine")
    assert avow(*in_hint(ended, "record those that are in it: ")).code == 0
    assert (
        avow("data", "verify", "--data", "mine").code == avow("data", "verify", "--data", "other").code == 0
    )


def test_an_empty_data_directory(avow: Avow) -> None:
    """The command in the hint, with a file, adds to that directory and to no other."""
    write("kev.json", KEV)
    write("mine/manifest.json", {"format": "avow-data/1", "files": []})
    ended = avow("data", "list", "--data", "mine")
    words = in_hint(ended, "add some: ")
    assert avow(*(each.replace("FILE...", "kev.json") for each in words)).code == 0
    assert avow("data", "list", "--data", "mine").code == 0


def test_no_file_of_a_known_kind(avow: Avow) -> None:
    """The help names the kinds; a file of one is added."""
    write("notes.md", "# Notes\n")
    ended = avow("data", "add", "notes.md", "--skip-unknown")
    assert ended.code == 3
    assert "CISA KEV" in avow(*in_hint(ended, "kind: ")).out
    write("kev.json", KEV)
    assert avow("data", "add", "kev.json", "--skip-unknown").code == 0


def test_a_broken_manifest(avow: Avow) -> None:
    """A copy of it, or a new directory, works."""
    write("kev.json", KEV)
    assert avow("data", "add", "kev.json").code == 0
    manifest = Path("snapshots/manifest.json")
    good = manifest.read_bytes()
    manifest.write_bytes(b"{")
    assert "restore it from a copy, or add the files again" in hint(avow("data", "list"))
    assert avow("data", "add", "snapshots/kev", "--data", "new").code == 0
    manifest.write_bytes(good)
    assert avow("data", "list").code == 0


def test_changed_data(avow: Avow) -> None:
    """The command in the hint lists what differs; put right, the data is used."""
    write("a.cdx.json", SBOM)
    write("kev.json", KEV)
    assert avow("data", "add", "kev.json", "--data", "my data").code == 0
    write("my data/notes.txt", "not in the manifest")
    call = ("survey", "a.cdx.json", "--data", "my data")
    verified = avow(*in_hint(avow(*call), ""))
    assert "notes.txt" in verified.err
    Path("my data/notes.txt").unlink()
    assert surveyed(avow(*call))


def test_an_archive_without_records(avow: Avow) -> None:
    """An archive as the hint describes it is added."""
    osv_archive(Path("all.zip"), README=b"-")
    assert "OSV's archives are named all.zip" in avow("data", "add", "all.zip").err
    osv_archive(Path("all.zip"), record("PYSEC-1"))
    assert avow("data", "add", "all.zip").code == 0


def test_an_archive_that_is_not_complete(avow: Avow) -> None:
    """Downloaded completely, it is added."""
    whole = osv_archive(Path("all.zip"), *(record(f"PYSEC-{number}") for number in range(9)))
    content = whole.read_bytes()
    whole.write_bytes(content[:-9])
    assert "download the archive again, completely" in avow("data", "add", "all.zip").err
    whole.write_bytes(content)
    assert avow("data", "add", "all.zip").code == 0


def test_an_archive_that_may_be_a_bomb(avow: Avow) -> None:
    """The genuine one, of the same name, is added."""
    osv_archive(Path("all.zip"), **{"A-1.json": b"0" * 9_000_000})
    assert "download the archive again from its origin" in avow("data", "add", "all.zip").err
    osv_archive(Path("all.zip"), record("PYSEC-1"))
    assert avow("data", "add", "all.zip").code == 0


def test_an_sbom_as_data(avow: Avow) -> None:
    """It is surveyed; one that contains findings is added."""
    write("a.cdx.json", SBOM)
    ended = avow("data", "add", "a.cdx.json")
    assert "give SBOMs to avow survey; add those that contain findings" in ended.err
    assert surveyed(avow("survey", "a.cdx.json"))
    vulnerability = {"id": "CVE-2026-0001", "affects": [{"ref": "acme"}]}
    write("a.vdr.json", SBOM | {"vulnerabilities": [vulnerability]})
    assert avow("data", "add", "a.vdr.json").code == 0


def test_a_local_scorecard(avow: Avow) -> None:
    """The published result, which names the project, is added."""
    write("a.json", SCORECARD | {"repo": {"name": "file://.", "commit": "unknown"}})
    assert "get the published result" in avow("data", "add", "a.json").err
    write("a.json", SCORECARD)
    assert avow("data", "add", "a.json").code == 0


def test_a_history_that_can_not_be_read(avow: Avow) -> None:
    """With the columns and days that the hint names, it is added."""
    with pytest.raises(InputInvalid) as caught:
        read_history(b"component,last_release\npkg:pypi/a,May\n", source="a.csv", today=None)
    columns = re.search(r"the columns (.*), with days as YYYY-MM-DD", caught.value.hint)
    assert columns is not None
    values = {"component": "pkg:pypi/a", "last_release": "2026-01-01", "source": "me"}
    line = ",".join(values.get(each, "") for each in columns[1].split(", "))
    write("history.csv", f"{columns[1].replace(', ', ',')}\n{line}\n")
    assert avow("data", "add", "history.csv").code == 0


def test_a_download_in_the_future(avow: Avow) -> None:
    """On the day on which it was, it is added."""
    write("kev.json", KEV)
    call = ("data", "add", "kev.json", "--retrieved")
    assert "write the day of the download" in hint(avow(*call, "2999-01-01"))
    assert avow(*call, datetime.now(UTC).date()).code == 0


def test_an_index_that_can_not_be_written(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the directory can be written again, it is built."""

    def fails(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    write("kev.json", KEV)
    write("a.cdx.json", SBOM)
    assert avow("data", "add", "kev.json", "--no-index").code == 0
    call = ("survey", "a.cdx.json", "--data", "snapshots")
    with monkeypatch.context() as patch:
        patch.setattr("avow.snapshots.build.tempfile.mkstemp", fails)
        assert "has to be writable" in hint(avow(*call))
    assert surveyed(avow(*call))


def test_an_index_that_is_damaged(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Removed, it is built again."""
    osv_archive(Path("all.zip"), record("PYSEC-1"))
    write("a.cdx.json", SBOM)
    assert avow("data", "add", "all.zip").code == 0
    (index,) = Path("snapshots/.avow").glob("index-*.sqlite")
    index.write_bytes(index.read_bytes()[:5000])
    call = ("survey", "a.cdx.json", "--data", "snapshots")
    with monkeypatch.context() as patch:
        patch.setattr("avow.snapshots.build._is_sound", lambda _path: True)
        assert hint(avow(*call)) == "remove it; it is built again when it is needed"
        index.unlink()
    assert surveyed(avow(*call))


def test_a_table_of_sources_that_can_not_be_used(avow: Avow) -> None:
    """The table that the hint's command prints can."""
    write("mine.toml", "format = 1\n")
    ended = avow("data", "fetch", "kev", "--print", "--sources", "mine.toml")
    write("mine.toml", avow(*in_hint(ended, "", end=" prints")).out)
    assert avow("data", "fetch", "kev", "--print", "--sources", "mine.toml").code == 0


def test_a_source_that_is_not_in_the_table(avow: Avow) -> None:
    """The printed table has those that are."""
    ended = avow("data", "fetch", "kevv", "--print")
    listed = avow(*in_hint(ended, "", end=" prints")).out
    name = re.search(r"\[sources\.(kev)\]", listed)
    assert name is not None
    assert avow("data", "fetch", name[1], "--print").code == 0


@pytest.fixture
def site(here: Path) -> Iterator[str]:
    """A web server with what is in `site`."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    (here / "site").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=here / "site")) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_an_address_without_a_file(avow: Avow, site: str) -> None:
    """The table in the place of avow's is corrected, and the file comes."""
    write("site/kev.json", KEV)
    write("mine.toml", f'format = 1\n[sources.kev]\nurl = "{site}/moved.json"\nkind = "kev"\n')
    call = ("data", "fetch", "kev", "--sources", "mine.toml", "--insecure-loopback-http")
    ended = avow(*call)
    assert "--sources replaces the table" in hint(ended)
    assert avow(*in_hint(ended, "(", end=r"\)")).code == 0
    write("mine.toml", Path("mine.toml").read_text(encoding="utf-8").replace("moved", "kev"))
    assert avow(*call).code == 0
