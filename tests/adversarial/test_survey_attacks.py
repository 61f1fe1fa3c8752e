"""Attacks on `avow survey`: whoever writes an SBOM, a finding, public data or a file name is a stranger.

Whatever comes in, the record is written (0) or the input is refused (2). Nothing vanishes from every list,
nothing is written over what was read, and nothing takes longer than its size explains.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.command_line import process, started, words
from support.public_data import osv_archive, record
from support.sboms import cyclonedx, library, package, spdx2
from support.survey_attacks import Attack, Surveyed, sha256
from support.survey_records import HOSTILE

from avow.cli import run
from avow.findings.read import read_findings
from avow.sbom import read_sbom


@pytest.fixture
def attack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Attack:
    """The victim's directory, as the working directory."""
    monkeypatch.chdir(tmp_path)
    return Attack(tmp_path)


SMALL: dict[str, Any] = cyclonedx(library("acme", version="1.0", purl="pkg:pypi/acme@1.0"))

SECONDS: Final = 20
"""Of CPU, for what has to take a few on a busy machine and would take hours if sizes were multiplied."""


# ---- outputs onto inputs, and names that no file can have ----------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_a_record_is_not_written_over_an_sbom(attack: Attack, workers: int) -> None:
    """Also where another process has read it; no report is written either."""
    sbom, other = attack.put("a.json", SMALL), attack.put("b.json", SMALL)
    kept = sbom.read_bytes()
    words_ = ["--record", "a.json", "--report", "r.md", "--workers", str(workers)]
    assert run(["survey", str(sbom), str(other), *words_]) == 2
    assert sbom.read_bytes() == kept
    assert not Path("r.md").exists()


def test_a_report_is_not_written_over_an_input_through_a_link(attack: Attack) -> None:
    """Neither over the SBOM nor over avow.toml, by a symbolic or hard link."""
    attack.put("avow.toml", 'format = 1\nsboms = ["a.json"]\n')
    sbom = attack.put("a.json", SMALL)
    Path("soft.md").symlink_to("a.json")
    os.link("avow.toml", "hard.md")
    for report in ("soft.md", "hard.md"):
        assert attack.survey("--report", report).code == 2
    assert sbom.read_bytes().startswith(b"{")
    assert Path("avow.toml").read_text(encoding="utf-8").startswith("format")


def test_links_that_lead_to_themselves(attack: Attack) -> None:
    """As an SBOM they are refused; as the record's name they are replaced."""
    Path("loop.json").symlink_to("loop.json")
    assert attack.survey("loop.json").code == 2
    assert attack.survey(attack.put("a.json", SMALL), record="loop.json").code == 0
    assert run(["start", str(attack.directory / "loop.json" / "x")]) == 2


def test_one_sbom_under_two_names(attack: Attack) -> None:
    """A symbolic link does not make two products of one."""
    attack.put("a.json", SMALL)
    Path("link.json").symlink_to("a.json")
    assert attack.survey("a.json", "link.json").code == 2


def test_outputs_that_can_not_be_written(attack: Attack) -> None:
    """A full disk, a device, a directory, one file twice: exit 2, and nothing else is written."""
    attack.put("a.json", SMALL)
    Path("directory.md").mkdir()
    for arguments in (
        ["--record", "/dev/full"],
        ["--record", "r.json", "--report", "directory.md"],
        ["--record", "x.md", "--report", "./x.md"],
        ["--record", "a.json/r.json"],
    ):
        assert run(["survey", "a.json", *arguments, "--quiet"]) == 2, arguments
        assert sorted(path.name for path in Path().iterdir()) == ["a.json", "directory.md"]


@pytest.mark.parametrize(
    ("redirection", "code"), [("<&-", 2), (">/dev/full", 2), (">&-", 0), (">&- 2>&-", 0)]
)
def test_streams_that_are_closed_or_full(attack: Attack, redirection: str, code: int) -> None:
    """Standard input that is closed is not an SBOM; output that nobody can read does not matter."""
    attack.put("a.json", SMALL)
    name = "-" if redirection == "<&-" else "a.json"
    line = f"exec {' '.join(words('survey', name))} {redirection}"
    assert subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=False).returncode == code


@pytest.mark.parametrize("key", ["sboms", "data", "policy", "map", "evidence", "record", "report"])
@pytest.mark.parametrize("value", [r"a\u0000/*", "x" * 5000 + "*", "../../../../../etc/sha*ow/*", "[", "**"])
def test_paths_in_avow_toml_that_no_file_can_have(attack: Attack, key: str, value: str) -> None:
    """NUL, a name that is too long, patterns without a file: an input error or nothing, never a bug."""
    attack.put("a.json", SMALL)
    attack.put("avow.toml", f'format = 1\n{key} = "{value}"\n')
    arguments = [] if key == "sboms" else ["a.json"]
    assert run(["survey", *arguments, "--quiet"]) in {0, 2}


def test_file_names_that_are_not_utf_8(attack: Attack) -> None:
    """A survey reads them, and start leaves them out of avow.toml, which has to be UTF-8."""
    odd = os.fsdecode(b"caf\xe9\n::error::x.json")
    Path(odd).write_bytes(attack.put("a.json", SMALL).read_bytes())
    outputs = [f"--report=r.{suffix}" for suffix in ("html", "md", "csv", "txt")]
    assert attack.survey(odd, "--findings", odd, *outputs).code == 0
    Path(os.fsdecode(b"d\xe9")).mkdir()
    assert run(["start"]) == 0
    assert run(["start", os.fsdecode(b"d\xe9")]) == 0
    assert 'sboms = ["a.json"]' in Path("avow.toml").read_text(encoding="utf-8")


def test_a_worker_process_that_is_killed(attack: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel does when memory is short: an input error that says so, not a bug."""
    monkeypatch.setattr("avow.survey.batch.read_one", _die)
    attack.put("a.json", SMALL)
    assert attack.survey("a.json", "--workers", "2").code == 2


def _die(_path: str) -> None:
    os._exit(9)


def test_files_that_are_not_regular(attack: Attack) -> None:
    """A pipe that nobody writes to does not block the survey."""
    attack.put("a.json", SMALL)
    os.mkfifo("pipe")
    assert process("survey", "pipe", cwd=attack.directory, timeout=30).code == 2
    for arguments in (["a.json", "--findings", "pipe"], ["a.json", "--map", "pipe"], ["."]):
        assert attack.survey(*arguments).code == 2


# ---- the map, and rows that an SBOM proposes -------------------------------------------------------------


FORK: Final = {"ancestors": [library("upstream", purl="pkg:github/acme/anvil@1.0")]}


def test_names_become_rows_that_are_about_them_alone(attack: Attack) -> None:
    """Names with YAML, quotes and letters of 21 bits; for what a row can't have, there is none."""
    names = ['x", own: us, "y', "- a: b", "\U0001f600 x", "${{ x }}", "# c", "\\ud83d\\U0001F600"]
    names += ["x\n  - name: y", "\u2028", "\x85", "\x7f"]
    sbom = attack.put("a.json", cyclonedx(*(library(each, pedigree=FORK) for each in names)))
    assert attack.survey(sbom, "--propose", "avow.map").code == 0
    proposed = Path("avow.map").read_text(encoding="ascii")
    assert attack.survey(sbom, "--map", "avow.map").code == 2
    reviewed = proposed.replace('reviewedBy: ""', "reviewedBy: R").replace(
        'reviewed: ""', "reviewed: 2026-01-02"
    )
    attack.put("avow.map", reviewed)
    found = attack.survey(sbom, "--map", "avow.map")
    assert found.code == 0
    by_map = {each["id"] for each in found.record["upstreams"] if each["basis"] == "map"}
    assert [each["upstream"] in by_map for each in found.components] == [True] * 6 + [False] * 4


def test_a_name_with_a_star_proposes_no_row(attack: Attack) -> None:
    """In a row it would be about every component whose name begins so."""
    found = attack.of(cyclonedx(library("openssl*", pedigree=FORK), library("openssl-libs")))
    assert [each.get("row", "") for each in found.listed("proposals")] == [""]


REVIEW: Final = "reviewedBy: R, reviewed: 2026-01-02"
FORGED: Final = (
    f"{{name: '*', own: us, {REVIEW}}}",
    f"{{name: ac*, own: us, {REVIEW}}}",
    f"{{cpe: '*:*', own: us, {REVIEW}}}",
    f"{{component: pkg:pypi/*, own: us, {REVIEW}}}",
    f"{{component: '', own: us, {REVIEW}}}",
    f"{{supplier: '', own: us, {REVIEW}}}",
    "{component: pkg:pypi/acme, own: us, reviewed: 2026-01-02}",
    "{component: pkg:pypi/acme, own: us, reviewedBy: ' ', reviewed: 2026-01-02}",
    "{component: pkg:pypi/acme, own: us, reviewedBy: R, reviewed: 2999-01-02}",
    "{component: pkg:pypi/acme, own: us, reviewedBy: R, reviewed: 0000-00-00}",
    "{component: pkg:pypi/acme, own: us, reviewedBy: R, reviewed: 20260102}",
    f"{{component: pkg:pypi/acme, own: us, own: us, {REVIEW}}}",
    f"{{component: pkg:pypi/acme, own: us, is: pkg:pypi/other, {REVIEW}}}",
    f"{{component: pkg:pypi/acme, is: 'pkg:pypi/\u212a', {REVIEW}}}",
    f"{{component: pkg:pypi/another, own: us, {REVIEW}}}",
    f"&a {{component: pkg:pypi/acme, own: us, {REVIEW}}}\n  - *a",
    f"{{<<: {{component: pkg:pypi/acme, own: us}}, {REVIEW}}}",
    "!!python/object/apply:os.system ['true']",
    "[" * 5000,
    "{}\n---\nmap: 1\nrows: []",
)


@pytest.mark.parametrize("row", FORGED)
def test_forged_rows_are_refused(attack: Attack, row: str) -> None:
    """A row about everything, without a reviewer, of the future, doubled, by YAML's tricks, about nothing."""
    assert attack.of(SMALL, "--map", attack.put("avow.map", f"map: 1\nrows:\n  - {row}\n")).code == 2


@pytest.mark.slow
def test_suppliers_and_authors_are_not_multiplied(attack: Attack) -> None:
    """Thousands of suppliers, each of them an author of the SBOM: seconds, not a product."""
    count = 5_000
    components = (library(f"n{number}", supplier={"name": f"s{number // 5}"}) for number in range(count))
    authors = [{"name": f"s{number}"} for number in range(count)]
    start = time.process_time()
    found = attack.of(cyclonedx(*components, metadata={"authors": authors}))
    assert (found.code, found.totals["proposals"]) == (0, count // 5)
    assert time.process_time() - start < SECONDS


# ---- sizes that would be multiplied ----------------------------------------------------------------------


def vulnerability(number: int, **members: Any) -> dict[str, Any]:
    """One that the SBOM itself lists for its component `a`, not affected."""
    analysed = {"affects": [{"ref": "a"}], "analysis": {"state": "not_affected"}}
    return {"id": f"CVE-2099-{number + 1000}", **analysed, **members}


@pytest.mark.slow
@pytest.mark.parametrize("same", ["alias", "id"])
def test_findings_and_vex_about_one_component_are_not_multiplied(attack: Attack, same: str) -> None:
    """Thousands under one alias or one id: each finding is a match, and statements left out are counted."""
    count = 4_000
    alias = {"references": [{"id": "GHSA-xxxx-xxxx-xxxx"}]}
    listed = [vulnerability(each, **alias) if same == "alias" else vulnerability(0) for each in range(count)]
    start = time.process_time()
    found = attack.of(cyclonedx(library("a", **{"bom-ref": "a"}), vulnerabilities=listed))
    assert found.code == 0
    assert (found.totals["vulnerabilities"], found.totals["matches"]) == (1, count)
    assert any(each["source"] == "VEX" for each in found.listed("gaps"))
    assert time.process_time() - start < SECONDS


def test_a_statement_without_an_id_is_listed(attack: Attack) -> None:
    """Twice, about one component: neither is lost."""
    nameless = {"affects": [{"ref": "a"}], "analysis": {"state": "not_affected"}}
    found = attack.of(cyclonedx(library("a", **{"bom-ref": "a"}), vulnerabilities=[nameless, nameless]))
    assert (found.code, len(found.listed("vexNotHeard"))) == (0, 2)


@pytest.mark.slow
@pytest.mark.parametrize("edges", ["cycle", "mesh", "selves"])
def test_dependencies_without_end(attack: Attack, edges: str) -> None:
    """A cycle of many, all with all, each with itself: counted, at most some written out."""
    count = 300 if edges == "mesh" else 5_000
    numbers = range(count)
    components = (library(f"n{each}", **{"bom-ref": f"r{each}"}) for each in numbers)
    depend = [
        {
            "ref": f"r{each}",
            "dependsOn": {
                "cycle": [f"r{(each + 1) % count}"],
                "mesh": [f"r{other}" for other in numbers] if edges == "mesh" else [],
                "selves": [f"r{each}"],
            }[edges],
        }
        for each in numbers
    ]
    start = time.process_time()
    found = attack.of(cyclonedx(*components, dependencies=depend))
    assert (found.code, found.totals["entries"]) == (0, count)
    (sbom,) = found.record["sboms"]
    assert len(sbom["cycles"]) == (20 if edges == "selves" else 1)
    assert time.process_time() - start < SECONDS


@pytest.mark.slow
def test_one_purl_with_many_digests(attack: Attack) -> None:
    """Each is a component of its own and says that the bytes differ."""
    count = 5_000
    components = (
        library("a", version="1", purl="pkg:pypi/a@1", hashes=[sha256(str(each))]) for each in range(count)
    )
    start = time.process_time()
    found = attack.of(cyclonedx(*components))
    assert (found.code, found.totals["components"]) == (0, count)
    assert all("digests_differ" in each["flags"] for each in found.components)
    assert time.process_time() - start < SECONDS


# ---- silence that reads as clean -------------------------------------------------------------------------


@pytest.fixture
def data(attack: Attack) -> Path:
    """Public data with one vulnerability of acme below 2.0 and one of the npm package evil."""
    archive = attack.directory / "osv.zip"
    return attack.data(
        osv_archive(archive, record("PYSEC-2026-1"), record("MAL-2026-1", package="evil", ecosystem="npm"))
    )


def purl(text: str) -> dict[str, str]:
    """A purl as SPDX 2 writes it."""
    return {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": text,
    }


def test_a_second_purl_is_not_lost_where_the_first_is_known(attack: Attack, data: Path) -> None:
    """Two packages with one purl in common: what only the second has is looked up as well."""
    harmless = purl("pkg:npm/harmless@1.0.0")
    packages = [
        package("SPDXRef-a", name="harmless", versionInfo="1.0.0", externalRefs=[harmless]),
        package(
            "SPDXRef-b",
            name="harmless",
            versionInfo="1.0.0",
            externalRefs=[harmless, purl("pkg:pypi/acme@1.0")],
        ),
    ]
    found = attack.of(spdx2(*packages), "--data", data)
    assert found.matches == [("harmless", "PYSEC-2026-1")]
    assert found.totals["components"] == 2


def test_ids_that_look_like_numbered_repeats(attack: Attack, data: Path) -> None:
    """Repeated SPDX ids are numbered, and an id that has that number already hides none of them."""
    ids = ["SPDXRef-a", "SPDXRef-a", "SPDXRef-a#2", "SPDXRef-a#2", "SPDXRef-a#2#2", "SPDXRef-a#3"]
    packages = [
        package(each, name=f"n{number}", externalRefs=[purl(f"pkg:pypi/{name}@1.0")])
        for number, (each, name) in enumerate(zip(ids, ["x", "acme", "y", "acme", "z", "q"], strict=True))
    ]
    found = attack.of(spdx2(*packages), "--data", data)
    assert found.matches == [("n1", "PYSEC-2026-1")]
    assert found.totals["components"] == len(ids) - 1
    assert len({place["at"] for each in found.components for place in each["places"]}) == len(ids)


def test_a_supplier_can_not_look_up_its_own_components(attack: Attack, data: Path) -> None:
    """A finding in the SBOM itself is a match, and does not make its component one that was looked up."""
    unknown = library("acme", purl="pkg:generic/acme@1.0", **{"bom-ref": "a"})
    found = attack.of(cyclonedx(unknown, vulnerabilities=[vulnerability(0)]), "--data", data)
    assert (found.totals["matches"], found.totals["lookedUp"]) == (1, 0)
    own = attack.put("own.json", cyclonedx(unknown, vulnerabilities=[vulnerability(0)], **SERIAL))
    found = attack.of(cyclonedx(unknown, **SERIAL), "--data", data, "--findings", own)
    assert (found.totals["matches"], found.totals["lookedUp"]) == (1, 1)


SERIAL: Final = {"serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", "version": 1}

LOOK_ALIKES: Final = (
    "pkg:pypi/ac\u212ae@1.0",
    "pkg:pypi/\uff41cme@1.0",
    "pkg:pypi/\u0430cme@1.0",
    "pkg:pypi/ac\u200bme@1.0",
    "pkg:pypi/ac\u00adme@1.0",
    "pkg:pypi/acme\u202e@1.0",
    "pkg:pypi/acme%00@1.0",
    "pkg:pypi/acme%0A@1.0",
    "pkg:pypi/acme%E2%80%8B@1.0",
    "pkg:pypi/acme@\uff11.0",
    "pkg:pypi/acme@1.0%1b[2J",
    "pkg:pypi/acme%@1.0",
    "https://registry.example/project/acme",
    "pkg:pypi/" + "a" * 3000 + "@1.0",
    "pkg:" * 600,
)


def test_look_alike_purls_are_named_and_not_looked_up(attack: Attack, data: Path) -> None:
    """None is acme, none is another package without a known vulnerability; each has its reason."""
    found = attack.of(cyclonedx(*(library("acme", purl=each) for each in LOOK_ALIKES)), "--data", data)
    assert found.code == 0
    assert found.matches == []
    assert {each["why"] for each in found.components} == {"bad_purl"}
    assert len(found.components) == len(LOOK_ALIKES)


SPELLINGS: Final = (
    "pkg:pypi/%61cme@1.0",
    "PKG:PyPI/ACME@1.0",
    "pkg://pypi//acme@1.0",
    "pkg:pypi/acme@1.0%20",
    "pkg:pypi/acme@v1.0",
    "pkg:pypi/acme@0!1.0",
    "pkg:pypi/acme@1.0#sub",
    "pkg:pypi/acme@1.0?repository_url=other.example",
    "pkg:pypi/acme@1.0.0",
    "pkg:pypi/acme@1.0+local",
    "pkg:pypi/acme@1.0a1",
)


@pytest.mark.parametrize("text", SPELLINGS)
def test_no_spelling_hides_a_vulnerable_package(attack: Attack, data: Path, text: str) -> None:
    """Whatever a purl's writer thought of, the advisory is a match or undecidable."""
    found = attack.of(cyclonedx(library("x", purl=text)), "--data", data)
    listed = [each["advisory"] for each in found.listed("undecidable")]
    assert [advisory for _, advisory in found.matches] + listed == ["PYSEC-2026-1"]


def test_one_purl_with_another_digest_is_another_component(attack: Attack, data: Path) -> None:
    """In one SBOM and across two: both are marked, and both have the match."""
    one, other = ([sha256(each)] for each in "ab")
    known = library("acme", version="1.0", purl="pkg:pypi/acme@1.0")
    both = cyclonedx({**known, "hashes": one}, {**known, "hashes": other})
    for sboms in (
        [attack.put("both.json", both)],
        [attack.put(f"{n}.json", cyclonedx({**known, "hashes": h})) for n, h in (("1", one), ("2", other))],
    ):
        found = attack.survey(*sboms, "--data", data)
        assert found.matches == [("acme", "PYSEC-2026-1")] * 2
        assert [each["flags"] for each in found.components] == [["digests_differ"]] * 2


def test_duplicate_keys_do_not_hide_components(attack: Attack) -> None:
    """Whichever of the two a reader would take, also with an escaped key: refused."""
    kept = '"components":[{"type":"library","name":"acme","purl":"pkg:pypi/acme@1.0"}]'
    for other in ('"components":[]', r'"c\u006fmponents":[]', '"components":[{"x":"1,"}]'):
        for first, second in ((kept, other), (other, kept)):
            text = f'{{"bomFormat":"CycloneDX","specVersion":"1.6",{first},{second}}}'
            assert attack.of(text).code == 2


def test_an_sbom_cannot_be_named_clean_by_being_broken(attack: Attack, data: Path) -> None:
    """Entries that are not objects, have no name, or fields of another type: all count, with a reason."""
    broken: list[Any] = [None, 1, "x", [], {"name": None}, {"name": ["a"]}, {}, {"type": 1}]
    values: tuple[Any, ...] = (None, 1, "x", [1], {"a": 1}, [[]])
    broken += [library("a", **{key: value}) for key in FIELDS for value in values]
    found = attack.of(cyclonedx(*broken), "--data", data)
    assert found.code == 0
    nested = 2  # in lists of components
    assert found.totals["entries"] == len(broken) + nested
    assert conserved(found)


FIELDS: Final = (
    *("version", "purl", "cpe", "hashes", "licenses", "supplier", "group", "bom-ref", "pedigree"),
    *("externalReferences", "components", "properties", "modified", "evidence", "swid", "publisher"),
)


def conserved(found: Surveyed) -> bool:
    """Each entry is at one place of one component, and each component is looked up or has a reason."""
    totals, components = found.totals, found.components
    places = [(place["sbom"], place["at"]) for each in components for place in each["places"]]
    assert len(places) == len(set(places)) == totals["entries"]
    assert sum(each["entries"] for each in found.record["sboms"]) == totals["entries"]
    assert [each["lookedUp"] == ("why" not in each) for each in components] == [True] * totals["components"]
    assert totals["lookedUp"] + totals["notLookedUp"] == totals["components"]
    reasons = [each for row in found.listed("notLookedUp") for each in row["components"]]
    assert sorted(reasons) == sorted(each["id"] for each in components if not each["lookedUp"])
    assert totals["byPurl"] + totals["byCpeOnly"] + totals["byNameOnly"] == totals["components"]
    of_upstreams = [each for row in found.record["upstreams"] for each in row["components"]]
    assert sorted(of_upstreams) == sorted(each["id"] for each in components)
    return True


TEXTS = st.sampled_from(
    (
        *("", "acme", "Acme", "evil", "1.0", "1.0.0", "v1", "0", "\u212a", "x" * 300),
        *(
            "pkg:pypi/acme@1.0",
            "pkg:npm/evil@1.0.0",
            "pkg:pypi/acme",
            "pkg:generic/x@1",
            "pkg:golang/a.b/c@v1.0.0",
        ),
        *("cpe:2.3:a:acme:anvil:1.0:*:*:*:*:*:*:*", "CVE-2099-1", "a#2", "/components/0"),
        *("urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a", "pkg:golang/a.b/c@v1.0.0"),
    )
)
VALUES = st.one_of(TEXTS, st.none(), st.integers(-1, 3), st.lists(TEXTS, max_size=2))
REFS = st.sampled_from(["a", "b", "c", "a#2", "", "root"])
COMPONENTS = st.recursive(
    st.fixed_dictionaries(
        {"type": st.just("library"), "name": VALUES},
        optional={
            "bom-ref": REFS,
            "version": VALUES,
            "purl": VALUES,
            "cpe": VALUES,
            "group": VALUES,
            "supplier": st.builds(lambda name: {"name": name}, VALUES),
            "hashes": st.lists(st.builds(sha256, st.sampled_from(["a", "b"])), max_size=2),
        },
    ),
    lambda inner: st.builds(
        lambda one, many: {**one, "components": many}, inner, st.lists(inner, max_size=2)
    ),
    max_leaves=4,
)
VULNERABILITIES = st.fixed_dictionaries(
    {},
    optional={
        "id": VALUES,
        "references": st.lists(st.builds(lambda name: {"id": name}, VALUES), max_size=2),
        "affects": st.lists(st.builds(lambda ref: {"ref": ref}, REFS), max_size=3),
        "analysis": st.builds(
            lambda state: {"state": state}, st.sampled_from(["not_affected", "exploitable", "x", ""])
        ),
    },
)
DOCUMENTS = st.builds(
    lambda components, found, root: {
        **cyclonedx(*components, vulnerabilities=found),
        **({"metadata": {"component": {**library("root"), "bom-ref": "root"}}} if root else {}),
    },
    st.lists(COMPONENTS, max_size=6),
    st.lists(VULNERABILITIES, max_size=4),
    st.booleans(),
)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=DOCUMENTS, other=DOCUMENTS, own=DOCUMENTS)
def test_nothing_vanishes(
    attack: Attack, data: Path, one: dict[str, Any], other: dict[str, Any], own: dict[str, Any]
) -> None:
    """Entries, components, findings and statements: whatever is in the files is in a list of the record."""
    sboms = [attack.put("one.json", one), attack.put("two.json", other)]
    findings = attack.put("own.json", own)
    found = attack.survey(*sboms, "--data", data, "--findings", findings)
    assert found.code == 0
    assert conserved(found)
    components = {each["id"]: each for each in found.components}
    known = {each["id"] for each in found.components if each.get("purl", "") in VULNERABLE}
    assert known <= {each["component"] for each in (*matches_of(found), *found.listed("undecidable"))}
    read = [read_sbom(path.read_bytes(), source=str(path)) for path in sboms]
    brought = read_findings(findings.read_bytes(), source=str(findings), read_sbom=read_sbom)
    listed = (*brought.findings, *(each for inventory in read for each in inventory.findings))
    whole = json.dumps(found.record)
    assert all(json.dumps(name)[1:-1] in whole for each in listed for name in each.ids[:1])
    statements = len(brought.vex) + sum(len(inventory.vex) for inventory in read)
    words_ = sum(len(match.get("vex", ())) for match in matches_of(found))
    assert words_ + len(found.listed("vexNotHeard")) >= statements
    totals = found.totals
    assert totals["matches"] == len(matches_of(found))
    assert totals["vulnerableComponents"] == len({match["component"] for match in matches_of(found)})
    assert {match["component"] for match in matches_of(found)} <= components.keys()


VULNERABLE: Final = ("pkg:pypi/acme@1.0", "pkg:npm/evil@1.0.0")


def matches_of(found: Surveyed) -> list[dict[str, Any]]:
    """All matches of all vulnerabilities."""
    return [match for each in found.listed("vulnerabilities") for match in each["matches"]]


def test_the_number_of_workers_and_nothing_else(attack: Attack, data: Path) -> None:
    """Four processes write what one does, and the order of SBOMs changes numbers of components only."""
    sboms = [
        attack.put(f"{n}.json", cyclonedx(library("acme", version="1.0", purl=f"pkg:pypi/acme@1.{n}")))
        for n in range(4)
    ]
    one = attack.survey(*sboms, "--data", data, "--workers", "1").record
    four = attack.survey(*sboms, "--data", data, "--workers", "4").record
    back = attack.survey(*reversed(sboms), "--data", data)
    assert without_clock(one) == without_clock(four)
    assert back.totals == one["totals"]
    assert len(back.matches) == 4


def without_clock(found: dict[str, Any]) -> str:
    """The record without the moment and the command line, key by key in its order."""
    return json.dumps({key: value for key, value in found.items() if key not in {"made", "command"}})


# ---- documents that do more than they say ----------------------------------------------------------------

NAMESPACE: Final = 'xmlns="http://cyclonedx.org/schema/bom/1.6"'
XML: Final[dict[str, str]] = {
    "entities": f'<!DOCTYPE bom [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><bom {NAMESPACE}>&b;</bom>',
    "external": f'<!DOCTYPE bom [<!ENTITY a SYSTEM "file:///etc/passwd">]><bom {NAMESPACE}>&a;</bom>',
    "subset": f'<!DOCTYPE bom SYSTEM "http://127.0.0.1:9/x.dtd"><bom {NAMESPACE}/>',
    "nested": f"<bom {NAMESPACE}>" + "<components><component>" * 50_000,
    "encoding": f'<?xml version="1.0" encoding="utf-7"?><bom {NAMESPACE}/>',
    "surrogate": f"<bom {NAMESPACE}><components>&#xD800;</components></bom>",
    "no namespace": "<bom><components/></bom>",
    "cut": f"<bom {NAMESPACE}><components><component>",
}


@pytest.mark.parametrize("name", XML)
def test_xml_that_is_not_read(attack: Attack, name: str) -> None:
    """Document types, entities, files, depth, encodings: refused with the place."""
    assert attack.of(XML[name]).code == 2


DEEP: Final[dict[str, str | bytes]] = {
    "arrays": '{"bomFormat":"CycloneDX","specVersion":"1.6","components":' + "[" * 500_000,
    "objects": '{"bomFormat":' * 500_000,
    "number": '{"bomFormat":"CycloneDX","specVersion":"1.6","version":' + "9" * 100_000 + "}",
    "surrogate": r'{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"\ud800"}]}',
    "utf-16": '{"bomFormat":"CycloneDX"}'.encode("utf-16-le")[:-1],
    "nan": '{"bomFormat":"CycloneDX","specVersion":"1.6","version":NaN}',
    "two": '{"bomFormat":"CycloneDX","specVersion":"1.6"}{}',
    "nothing": "",
}


@pytest.mark.parametrize("name", DEEP)
def test_json_that_is_not_read(attack: Attack, name: str) -> None:
    """As an SBOM and as findings."""
    assert attack.of(DEEP[name]).code == 2
    assert attack.of(SMALL, "--findings", attack.put("findings.json", DEEP[name])).code == 2


@pytest.mark.slow
@pytest.mark.parametrize("compress", [zstandard.ZstdCompressor().compress, gzip.compress, bytes])
def test_an_archive_that_unpacks_to_more_than_it_may(
    attack: Attack, compress: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused while it is read, however well it was packed; the limit is lowered to be quick."""
    monkeypatch.setattr("avow.sbom.spdx2_set.MAX_UNPACKED_BYTES", 10**6)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for number in range(4):
            member = tarfile.TarInfo(f"{number}.spdx.json")
            member.size = 10**6
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    assert attack.of(compress(packed.getvalue())).code == 2


DAYS: Final = (
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *("2026-02-30T00:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+99:99"),
    *("\u0661\u0669\u0669\u0669-01-01T00:00:00Z", "9" * 400),
)


@pytest.mark.parametrize("day", DAYS)
def test_days_that_are_not_on_the_calendar(attack: Attack, day: str) -> None:
    """Of the document, of a vulnerability, of an analysis: each costs itself and is named."""
    listed = vulnerability(0, updated=day, published=day, created=day)
    listed["analysis"] |= {"lastUpdated": day, "firstIssued": day}
    found = attack.of(
        cyclonedx(library("a", **{"bom-ref": "a"}), metadata={"timestamp": day}, vulnerabilities=[listed])
    )
    assert (found.code, found.totals["matches"]) == (0, 1)
    assert "not_a_date" in {each["kind"] for each in found.record["sboms"][0]["problems"]}


# ---- texts that an output would act on -------------------------------------------------------------------

ACTED_ON: Final = set("\x1b\x9b\u202e\u2066\x07\x00\x85\u2028")


def test_texts_of_strangers_in_every_output(attack: Attack) -> None:
    """Names, versions, licences, findings, VEX, advisories, files and avow.toml: shown, never acted on."""
    texts = [each for each in HOSTILE if len(each) < 100]
    components = [
        library(
            each, version=each, group=each, purl=f"pkg:npm/x@{each}", cpe=each, supplier={"name": each},
            licenses=[{"license": {"name": each}}], externalReferences=[{"type": "vcs", "url": each}],
            **{"bom-ref": f"r{number}"},
        )
        for number, each in enumerate(texts)
    ]  # fmt: skip
    listed = [
        {"id": each, "description": each, "affects": [{"ref": f"r{number}"}], "source": {"name": each},
         "ratings": [{"method": each, "vector": each}], "analysis": {"state": each, "detail": each}}
        for number, each in enumerate(texts)
    ]  # fmt: skip
    tools = {"components": [library(each) for each in texts]}
    sbom = cyclonedx(
        *components,
        library("x", version="1.0.0", purl="pkg:npm/x@1.0.0"),
        services=tools["components"],
        vulnerabilities=listed,
        metadata={"component": library(texts[0]), "tools": tools, "timestamp": texts[1]},
    )
    archive = osv_archive(
        attack.directory / "osv.zip",
        *(
            record(f"MAL-2026-{n}", package="x", ecosystem="npm", summary=each, details=each)
            for n, each in enumerate(texts)
        ),
    )
    names = [
        "=cmd.json",
        "::error::x.json",
        "<img src=x onerror=alert(1)>.json",
        "a\x1b[2J\n```\n##[x]y.json",
    ]
    for name in names:
        attack.put(name, sbom)
    hostile = json.dumps(texts[0])
    attack.put("avow.toml", f"format = 1\nsboms = {json.dumps(names)}\n[product]\nname = {hostile}\n")
    outputs = [f"--report=r.{suffix}" for suffix in ("html", "md", "csv", "txt")]
    found = process(
        "survey", "--data", attack.data(archive), *outputs, "--propose", "p.map", "--record", "r.json",
        cwd=attack.directory,
    )  # fmt: skip
    assert found.code == 0
    written = {path.name: path.read_bytes().decode() for path in Path().glob("[rp].*")}
    assert len(written) == 6
    for text in (found.out, found.err, *written.values()):
        assert ACTED_ON.isdisjoint(text)
    for text in (found.out, found.err, written["r.md"], written["r.txt"]):
        assert not re.search(r"^\s*(?:::|##vso|##\[)", text, re.MULTILINE)
    cells = [cell for row in csv.reader(io.StringIO(written["r.csv"].lstrip("\ufeff"))) for cell in row]
    assert [cell for cell in cells if cell[:1] in set("=+-@\t\r\uff1d")] == []
    assert not re.search(r"<(?:img|iframe|h1>owned|script(?! type=))", written["r.html"])
    assert not re.search(r'(?:href|src)="(?!#|https://)', written["r.html"])
    assert not re.search(r"\]\((?!#|https://)", written["r.md"].replace("[x](javascript:alert(1)).json", ""))


def test_an_interrupted_survey_writes_nothing(attack: Attack) -> None:
    """Ctrl-C while standard input is read, with and without workers: no output, no temporary file."""
    attack.put("a.json", SMALL)
    before = sorted(path.name for path in Path().iterdir())
    for workers in ("1", "2"):
        running = started(
            "survey", "a.json", "-", "--report", "r.md", "--workers", workers,
            cwd=attack.directory, stdin=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert running.stdin is not None
        running.stdin.write(b" " * 2**20)  # more than a pipe holds: the survey reads it when this returns
        running.stdin.flush()
        os.killpg(running.pid, signal.SIGINT)
        _, errors = running.communicate(timeout=30)
        assert (running.returncode, b"Traceback" in errors) == (130, False), errors
        assert sorted(path.name for path in Path().iterdir()) == before


# ---- the data directory ----------------------------------------------------------------------------------


def edited(path: Path) -> None:
    """One byte more."""
    path.write_bytes(path.read_bytes() + b"\n")


def replaced_by_a_link(path: Path) -> None:
    """To another file, whatever is in it."""
    path.unlink()
    path.symlink_to("/etc/hostname")


@pytest.mark.parametrize("change", [edited, replaced_by_a_link, Path.unlink])
def test_a_snapshot_that_was_changed(attack: Attack, data: Path, change: Callable[[Path], None]) -> None:
    """Nothing of the directory is used."""
    (archive,) = data.rglob("*.zip")
    change(archive)
    assert attack.of(SMALL, "--data", data).code == 2


def test_files_that_the_manifest_does_not_have(attack: Attack, data: Path) -> None:
    """A file, and a link to a directory elsewhere."""
    extra = data / "extra.json"
    extra.write_text("{}", encoding="utf-8")
    assert attack.of(SMALL, "--data", data).code == 2
    extra.unlink()
    (data / "link").symlink_to("/etc")
    assert attack.of(SMALL, "--data", data).code == 2


@pytest.mark.parametrize(
    "change",
    [
        {"path": "../bom.json"}, {"path": "/etc/hostname"}, {"path": ".avow/x"}, {"path": "a\0b"},
        {"path": "x" * 5000}, {"kind": "nothing"}, {"sha256": ""}, {"stated": "2999-01-01T00:00:00Z"},
        {"retrieved": "9999-12-31"}, {"retrieved": "0000-00-00"}, {"stated": "2026-01-01T00:00:00"},
        {"bytes": "1"}, {"more": 1},
    ],
)  # fmt: skip
def test_a_manifest_that_was_edited(attack: Attack, data: Path, change: dict[str, Any]) -> None:
    """Places outside of the directory, days in the future, values of another type."""
    path = data / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"][0] |= change
    attack.put(str(path), manifest)
    assert attack.of(SMALL, "--data", data).code == 2


def test_data_of_an_ancient_date_has_a_warning(attack: Attack, data: Path) -> None:
    """It is used, and its age is printed with the result."""
    path = data / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"][0] |= {"stated": "0001-01-01T00:00:00Z", "retrieved": "0001-01-01"}
    attack.put(str(path), manifest)
    shutil.rmtree(data / ".avow")
    found = attack.of(SMALL, "--data", data)
    assert found.code == 0
    (snapshot,) = found.record["snapshots"]
    assert snapshot["warning"]


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"SQLite format 3\0" + b"x" * 4096, None])
def test_an_index_that_is_damaged_is_built_again(attack: Attack, data: Path, content: bytes | None) -> None:
    """Also one that is another, sound database under the right name; the match is found all the same."""
    (index,) = (data / ".avow").glob("*.sqlite")
    if content is None:
        with sqlite3.connect(index) as connection:
            connection.execute("DELETE FROM affected")
    else:
        index.write_bytes(content)
    assert attack.of(SMALL, "--data", data).matches == [("acme", "PYSEC-2026-1")]


@pytest.mark.parametrize(
    "statement",
    ["DROP TABLE affected", "UPDATE advisory SET body = x'00'", "UPDATE advisory SET body = 'text'"],
)
def test_an_index_that_was_forged_with_its_digest(attack: Attack, data: Path, statement: str) -> None:
    """Whoever can write the digest, too, gets an error and not a clean record of it."""
    (index,) = (data / ".avow").glob("*.sqlite")
    with sqlite3.connect(index) as connection:
        connection.execute(statement)
    connection.close()
    index.with_suffix(".sha256").write_text(hashlib.sha256(index.read_bytes()).hexdigest(), encoding="ascii")
    assert attack.of(SMALL, "--data", data).code == 2


def test_more_matches_than_any_product_has(
    attack: Attack, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versions of one package times its advisories: refused, because a part of them would look like all."""
    monkeypatch.setattr("avow.survey.batch.MAX_HITS", 2)
    components = [library("acme", purl=f"pkg:pypi/acme@1.{number}") for number in range(3)]
    assert attack.of(cyclonedx(*components[:2]), "--data", data).totals["matches"] == 2
    assert attack.of(cyclonedx(*components), "--data", data).code == 2
