"""`avow data` as people use it."""

from __future__ import annotations

import hashlib
import json
import shlex
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Ended
from support.public_data import END_OF_LIFE, EU_KEV, KEV, OPENVEX, osv_archive, record

from avow.cli import COMMANDS
from avow.snapshots.lock import changing

Avow = Callable[..., Ended]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and the command in the table."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(COMMANDS, "data", "Keep snapshots of public data.")
    return tmp_path


@pytest.fixture
def kev(here: Path) -> Path:
    """A list of exploited vulnerabilities, dated today."""
    path = here / "kev.json"
    path.write_text(json.dumps(KEV | {"dateReleased": f"{days_ago(0)}T00:00:00Z"}), encoding="utf-8")
    return path


def days_ago(days: int) -> str:
    """A day as text."""
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%d")


def test_add_list_verify_age(avow: Avow, here: Path, kev: Path) -> None:
    """The first five minutes: each command works on what the one before left, in `snapshots`."""
    osv_archive(here / "download.zip", record("PYSEC-1"), **{"X-1.json": b"{}"})
    added = avow(
        "data", "add", kev, "download.zip", "--origin", "https://example.com/", "--retrieved", days_ago(1)
    )
    listed = avow("data", "list")
    verified = avow("data", "verify")
    age = avow("data", "age")

    assert (added.code, listed.code, verified.code, age.code) == (0, 0, 0, 0)
    assert "added      osv/PyPI/all.zip  OSV advisories for PyPI: 1 record, 1 not read" in added.out
    assert "X-1.json is not an OSV record" in added.err
    assert "indexed  advisories for PyPI" in added.out
    assert f"dated {days_ago(0)}, retrieved {days_ago(1)}, 0 days old" in listed.out
    assert "origin https://example.com/, licence CC0-1.0" in listed.out
    assert "2 files." in listed.out
    assert "snapshots: 2 files, all as the manifest has them; the index is ready" in verified.out
    assert "kev               1 file, oldest 0 days" in age.out


def test_what_is_not_read_can_be_listed(avow: Avow, here: Path) -> None:
    """One line each, with the reason."""
    osv_archive(here / "a.zip", record("PYSEC-1"), **{"X-1.json": b"{}"})
    avow("data", "add", "a.zip")
    listed = avow("data", "list", "--unread")

    assert listed.out.startswith("osv/PyPI/all.zip  X-1.json  ")
    assert listed.out.count("\n") == 1


def test_many_that_are_not_read_are_counted(avow: Avow, here: Path) -> None:
    """Nobody reads a thousand lines."""
    osv_archive(here / "a.zip", record("PYSEC-1"), **{f"X-{number}.json": b"{}" for number in range(8)})

    assert "and 3 more; what is not read is missing from every answer" in avow("data", "add", "a.zip").err


def test_notes_are_shown(avow: Avow, here: Path) -> None:
    """An export without findings may have failed; its reader says so."""
    export = {"version": "1.0", "meta": {"application": "Dependency-Track"}, "project": {"name": "acme"}}
    (here / "export.json").write_text(json.dumps(export), encoding="utf-8")
    added = avow("data", "add", "export.json")

    assert added.code == 0
    assert "dependency-track/export.json  Dependency-Track's findings: 0 records" in added.out
    assert "  note: " in added.err


def test_an_unknown_file(avow: Avow, here: Path, kev: Path) -> None:
    """Refused with what it looks like; with --skip-unknown it is left out."""
    (here / "notes.md").write_text("# Notes\n", encoding="utf-8")
    refused = avow("data", "add", kev, "notes.md")
    skipped = avow("data", "add", kev, "notes.md", "--skip-unknown")

    assert refused.code == 2
    assert "it looks like text that begins with '# Notes'" in refused.err
    assert "--skip-unknown" in refused.err
    assert skipped.code == 0
    assert "left out: notes.md is not a file that avow data knows" in skipped.err


def test_nothing_but_unknown_files(avow: Avow, here: Path) -> None:
    """Nothing was added: exit code 3."""
    (here / "notes.md").write_text("# Notes\n", encoding="utf-8")

    assert avow("data", "add", "notes.md", "--skip-unknown").code == 3


@pytest.mark.parametrize("command", ["list", "verify", "age"])
def test_a_directory_without_files(avow: Avow, here: Path, command: str) -> None:
    """No manifest is an error of the call; an empty one is nothing to evaluate."""
    assert avow("data", command).code == 2
    (here / "snapshots").mkdir()
    (here / "snapshots" / "manifest.json").write_text(
        '{"format": "avow-data/1", "files": []}', encoding="ascii"
    )

    assert avow("data", command).code == 3


def test_an_edited_file(avow: Avow, here: Path, kev: Path) -> None:
    """Verify says which, and exits with 2; adding it again restores it, as the hint says."""
    avow("data", "add", kev)
    path = here / "snapshots" / "kev" / "known_exploited_vulnerabilities.json"
    path.write_bytes(path.read_bytes().replace(b"Acme", b"Emca"))
    verified = avow("data", "verify")

    assert verified.code == 2
    assert "known_exploited_vulnerabilities.json  was edited" in verified.err
    assert "add it again with avow data add" in verified.err
    assert avow("data", "add", kev).code == 0
    assert avow("data", "verify").code == 0


def test_an_index_that_somebody_changed(avow: Avow, here: Path) -> None:
    """A survey would use it; removed, as the hint of verify says, it is built again."""
    osv_archive(here / "all.zip", record("PYSEC-1"))
    assert avow("data", "add", "all.zip").code == 0
    (path,) = (here / "snapshots" / ".avow").glob("*.sqlite")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM affected")
    path.with_suffix(".sha256").write_text(hashlib.sha256(path.read_bytes()).hexdigest(), encoding="ascii")
    verified = avow("data", "verify")

    assert verified.code == 2
    assert "is not what the files give, and surveys may have used it: the table 'affected'" in verified.err
    assert "remove it; it is built again when it is needed" in verified.err
    path.unlink()
    assert avow("data", "add", "all.zip").code == 0
    assert "ready, and is the same when it is built again" in avow("data", "verify").out


def test_a_manifest_that_somebody_changed(avow: Avow, here: Path, kev: Path) -> None:
    """It makes data look younger; recorded again, as the hint says, it is right."""
    avow("data", "add", kev)
    manifest = here / "snapshots" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"records": 1', '"records": 2'), encoding="utf-8")
    verified = avow("data", "verify")

    assert verified.code == 2
    assert "records: the manifest has 2, the file has 1" in verified.err
    hint = verified.err.partition("record them: ")[2].splitlines()[0]
    assert avow(*shlex.split(hint)[1:]).code == 0
    assert avow("data", "verify").code == 0
    assert manifest.read_text(encoding="utf-8") == text


def test_a_date_that_is_added_later_is_in_the_survey(avow: Avow, here: Path) -> None:
    """As the note of the first call says; the index is there by then."""
    (here / "eukev.json").write_text(json.dumps(EU_KEV), encoding="utf-8")
    (here / "a.cdx.json").write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6"}', encoding="utf-8")
    assert "add it again with --retrieved" in avow("data", "add", "eukev.json").err
    assert avow("data", "add", "eukev.json", "--retrieved", days_ago(3)).code == 0
    assert avow("survey", "a.cdx.json", "--data", "snapshots").code == 0

    (snapshot,) = json.loads((here / "survey.json").read_bytes())["snapshots"]
    assert (snapshot["retrieved"], snapshot["ageDays"]) == (days_ago(3), 3)


def test_the_index_may_be_built_later(avow: Avow, kev: Path) -> None:
    """Several calls of add build it once."""
    assert "indexed" not in avow("data", "add", kev, "--no-index").out
    assert "the index is not built" in avow("data", "verify").out


def test_the_age_has_a_limit(avow: Avow, here: Path, kev: Path) -> None:
    """Older data, and data of unknown age, ends with 1."""
    (here / "old.json").write_text(json.dumps(EU_KEV), encoding="utf-8")
    avow("data", "add", kev, "--no-index")
    young = avow("data", "age", "--max-age", "7")
    avow("data", "add", "old.json", "--retrieved", days_ago(30), "--no-index")
    old = avow("data", "age", "--max-age", "7")
    avow("data", "add", "old.json", "--data", "other", "--no-index")
    unknown = avow("data", "age", "--max-age", "7", "--data", "other")

    assert (young.code, old.code, unknown.code) == (0, 1, 1)
    assert "eukev             1 file, oldest 30 days  past the limit of 7 days" in old.out
    assert (
        "eukev             1 file, 1 file of unknown age  age not known, so not within 7 days for certain"
        in unknown.out
    )


def test_a_date_in_the_future(avow: Avow, here: Path, kev: Path) -> None:
    """An error of age, too, in whatever way it came into the manifest."""
    avow("data", "add", kev, "--no-index")
    manifest = here / "snapshots" / "manifest.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace(days_ago(0), days_ago(-9)), encoding="utf-8"
    )

    assert avow("data", "age").code == 2
    assert "in the future" in avow("data", "verify").err


def test_names_do_not_act_on_the_terminal(avow: Avow, here: Path) -> None:
    """A record's id is foreign text."""
    osv_archive(here / "a.zip", record("PYSEC-1"), **{"\x1b[2J.json": b"{}"})
    added = avow("data", "add", "a.zip")

    assert "\x1b" not in added.out + added.err
    assert "\\u001b[2J.json" in added.err


def test_in_place(avow: Avow, here: Path, kev: Path) -> None:
    """The hint for a directory without a manifest works."""
    (here / "mine").mkdir()
    kev.rename(here / "mine" / "kev.json")
    refused = avow("data", "verify", "--data", "mine")
    hint = refused.err.partition("or record those that are in it: ")[2].splitlines()[0]
    assert refused.code == 2

    assert avow(*shlex.split(hint)[1:]).code == 0
    assert avow("data", "verify", "--data", "mine").code == 0


def test_many_files_of_a_kind_are_one_line(avow: Avow, here: Path) -> None:
    """Each is shown with --details, where they are added and where they are listed."""
    for number in range(7):
        text = END_OF_LIFE.replace("anvil", f"anvil-{number}").replace("  - cpe", "  - repology")
        path = here / "given" / f"anvil-{number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("  - purl: pkg:pypi/acme\n", ""), encoding="utf-8")
    added = avow("data", "add", "given")
    again = avow("data", "add", "given", "--details", "--retrieved", days_ago(3))
    listed, details = avow("data", "list"), avow("data", "list", "--details")
    line = "endoflife/products/*  endoflife.date, support dates: 7 files, 7 records"

    assert f"added      {line}" in added.out
    assert added.err.count("  note: endoflife/products/anvil-") == 5
    assert "and 2 more notes; --details shows each" in added.err
    assert "7 files without a date; add them again with --retrieved YYYY-MM-DD" in added.err
    assert "without a date" not in again.err
    assert again.out.count("unchanged  endoflife/products/anvil-") == 7
    assert again.err.count("  note: 1 of 1 products cannot be matched") == 7
    assert line in listed.out
    assert "oldest 3 days" in listed.out
    assert "--details shows each file" in listed.out
    assert details.out.count("endoflife/products/anvil-") == 7


def test_many_files_that_have_no_age(avow: Avow, here: Path) -> None:
    """Signatures are as old as what they sign."""
    (here / "given").mkdir()
    for number in range(6):
        (here / "given" / f"{number}.asc").write_text("-----BEGIN PGP SIGNATURE-----\n", encoding="ascii")
    added = avow("data", "add", "given")

    assert "without a date" not in added.err
    assert "no advisories to index" in added.out
    assert "signatures/*  a detached signature, not checked: 6 files" in avow("data", "list").out
    assert "  without an age" in avow("data", "list").out


def test_archives_are_shown_one_by_one(avow: Avow, here: Path) -> None:
    """Each is about an ecosystem, and has a date that matters."""
    for name in "abcdef":
        osv_archive(here / "given" / f"{name}.zip", record(f"X-{name}", ecosystem=f"Eco{name}"))

    assert avow("data", "add", "given").out.count("added      osv/Eco") == 6
    assert avow("data", "list").out.count("/all.zip  OSV advisories for Eco") == 6


def test_many_records(avow: Avow, here: Path) -> None:
    """One sum for all of their ecosystems."""
    (here / "given").mkdir()
    for name in "abcdef":
        made = record(f"X-{name}", ecosystem=f"Eco{name}")
        (here / "given" / name).write_text(json.dumps(made), encoding="utf-8")

    line = "osv/records/*  OSV advisories for Ecoa, Ecob, Ecoc, Ecod, Ecoe, Ecof: 6 files, 6 records"
    assert f"added      {line}" in avow("data", "add", "given").out


def test_many_files_with_something_that_is_not_read(avow: Avow, here: Path) -> None:
    """The first of it are named, each with its file."""
    (here / "given").mkdir()
    for name in "abcdef":
        (here / "given" / f"{name}.json").write_text(
            json.dumps(OPENVEX | {"statements": [*OPENVEX["statements"], {}]}), encoding="utf-8"
        )
    added = avow("data", "add", "given")

    assert "added      vex/*  VEX: 6 files, 6 records, 6 not read" in added.out
    assert "  vex/a.json: /statements/1" in added.err
    assert "and 1 more; what is not read is missing from every answer" in added.err


def test_many_files_that_are_left_out(avow: Avow, here: Path, kev: Path) -> None:
    """The first are named, and with --details all."""
    (here / "given").mkdir()
    for number in range(8):
        (here / "given" / f"{number}.md").write_text("# Notes", encoding="utf-8")
    added = avow("data", "add", kev, "given", "--skip-unknown")
    details = avow("data", "add", kev, "given", "--skip-unknown", "--details")

    assert added.err.count("left out: ") == 5
    assert "and 3 more files left out; --details shows each" in added.err
    assert details.err.count("left out: ") == 8


def test_a_day_in_another_form(avow: Avow, kev: Path) -> None:
    """The message shows the right form; a day in the future is one error, not one a file."""
    ended = avow("data", "add", kev, "--retrieved", "20.11.2026")
    future = avow("data", "add", kev, "--retrieved", days_ago(-9))

    assert (ended.code, future.code) == (2, 2)
    assert "write the day as 2026-11-20" in ended.err
    assert "YYYY-MM-DD" in avow("data", "add", "--help").out
    assert "write the day of the download, and check this machine's clock" in future.err
    assert not Path("snapshots").exists()


def test_files_that_stay_beside_the_data(avow: Avow, here: Path, kev: Path) -> None:
    """Recorded in place, other files are ignored; that is said."""
    (here / "mine").mkdir()
    kev.rename(here / "mine" / "kev.json")
    (here / "mine" / "README.md").write_text("# Notes\n", encoding="utf-8")
    added = avow("data", "add", "mine", "--data", "mine", "--in-place", "--skip-unknown")
    verified = avow("data", "verify", "--data", "mine")

    assert (added.code, verified.code) == (0, 0)
    assert "1 file beside them ignored, as the manifest says" in verified.out
    assert "1 file, and 1 ignored file." in avow("data", "list", "--data", "mine").out
    assert "README.md  ignored: of no known kind" in avow("data", "list", "--data", "mine", "--details").out


def test_another_process_changes_the_data(avow: Avow, kev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for, and then the call is refused; nothing was changed."""
    monkeypatch.setattr("avow.cli.data.changing", partial(changing, wait_s=0.2))
    with changing(Path("snapshots")):
        ended = avow("data", "add", kev)

    assert ended.code == 5
    assert "waiting for another avow data, which changes snapshots" in ended.err
    assert "wait until it has ended, and run the command again" in ended.err
    assert avow("data", "add", kev).code == 0


# ---- fetch


@pytest.fixture
def site(here: Path) -> Iterator[str]:
    """A web server with what is in `site`."""
    (here / "site").mkdir()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = here / "site" / self.path.strip("/")
            self.send_response(200 if path.is_file() else 404)
            content = path.read_bytes() if path.is_file() else b""
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def table(here: Path, site: str, **kinds: str) -> tuple[str, ...]:
    """The flags that use a table of this site."""
    entries = [f'[sources.{name}]\nurl = "{site}/{name}"\nkind = "{kind}"' for name, kind in kinds.items()]
    (here / "sources.toml").write_text("format = 1\n" + "\n".join(entries), encoding="utf-8")
    return ("--sources", "sources.toml", "--insecure-loopback-http")


def test_fetch_adds_what_it_fetched(avow: Avow, here: Path, site: str, kev: Path) -> None:
    """With the address as origin, today as the day, and the digest shown."""
    kev.rename(here / "site" / "list")
    fetched = avow("data", "fetch", "list", *table(here, site, list="kev"))
    listed = avow("data", "list")

    assert fetched.code == 0
    assert "sha256:" in fetched.out
    assert "added      kev/known_exploited_vulnerabilities.json" in fetched.out
    assert f"origin {site}/list" in listed.out
    assert f"retrieved {days_ago(0)}" in listed.out
    assert not (here / "snapshots" / ".avow" / "downloads").exists()
    assert avow("data", "verify").code == 0


def test_fetch_of_another_kind(avow: Avow, here: Path, site: str, kev: Path) -> None:
    """A server that sends something else than the table says is refused, and nothing stays."""
    kev.rename(here / "site" / "list")
    fetched = avow("data", "fetch", "--all", *table(here, site, list="epss"))

    assert fetched.code == 2
    assert "is CISA KEV, exploited vulnerabilities, not EPSS" in fetched.err
    assert not (here / "snapshots").exists()


def test_fetch_of_a_page_that_is_not_there(avow: Avow, here: Path, site: str) -> None:
    """The table is wrong: exit code 2."""
    fetched = avow("data", "fetch", "list", *table(here, site, list="kev"))

    assert fetched.code == 2
    assert "answers with status 404" in fetched.err


def test_fetch_from_a_server_that_is_not_there(avow: Avow, here: Path) -> None:
    """Exit code 5: trying again can help."""
    flags = table(here, "http://127.0.0.1:1", list="kev")
    ended = avow("data", "fetch", "list", *flags)

    assert ended.code == 5
    command = "avow data fetch list --print --sources sources.toml"
    assert f"check the network, or run {command} and run these commands on another machine" in ended.err
    assert not (here / "snapshots").exists()


def test_fetch_goes_on_after_a_failure(avow: Avow, here: Path, site: str, kev: Path) -> None:
    """The others are added and indexed; all failures are named at the end, and what to do."""
    kev.rename(here / "site" / "good")
    flags = table(here, site, bad="kev", other="epss", good="kev")
    (here / "site" / "other").write_text("# Notes", encoding="utf-8")
    ended = avow("data", "fetch", "--all", *flags)

    assert ended.code == 2
    assert "added      kev/known_exploited_vulnerabilities.json" in ended.out
    assert "no advisories to index" in ended.out
    assert "not fetched: bad: bad can't be fetched" in ended.err
    assert "it looks like text that begins with '# Notes'" in ended.err
    assert "2 of 3 sources could not be fetched: bad, other" in ended.err
    assert avow("data", "verify").code == 0


def test_fetch_without_a_network(avow: Avow, here: Path) -> None:
    """Exit code 5, and one command that prints what to run elsewhere for all of them; it works."""
    flags = table(here, "http://127.0.0.1:1", one="kev", two="epss")
    ended = avow("data", "fetch", "--all", "--data", "my data", *flags)
    command = ended.err.rpartition("or run ")[2].partition(" and run")[0]

    assert ended.code == 5
    assert ended.err.count("not fetched: ") == 2
    assert not (here / "my data").exists()
    assert command == "avow data fetch one two --print --data 'my data' --sources sources.toml"
    assert avow(*shlex.split(command)[1:]).code == 0


def test_fetch_may_replace(avow: Avow, here: Path, site: str) -> None:
    """An older list replaces the younger one only with --replace."""
    two = [EU_KEV[0], EU_KEV[0] | {"cveID": "CVE-2026-0002"}]
    (here / "site" / "list").write_text(json.dumps(two), encoding="utf-8")
    flags = table(here, site, list="eukev")
    avow("data", "fetch", "list", *flags)
    (here / "site" / "list").write_text(json.dumps(EU_KEV), encoding="utf-8")

    assert "would replace eukev/eukev.json" in avow("data", "fetch", "list", *flags).err
    ended = avow("data", "fetch", "list", "--replace", *flags)
    assert ended.code == 0
    assert "before: 2 records, states no date, newest entry 2026-01-01" in ended.err


def test_fetch_without_a_name_fetches_nothing(avow: Avow) -> None:
    """The error lists the names."""
    ended = avow("data", "fetch")

    assert ended.code == 2
    assert "osv-pypi" in ended.err
    assert (
        "avow data fetch --all, or avow data fetch --all --print for a machine without a network" in ended.err
    )


def test_the_table_can_be_printed_changed_and_used(avow: Avow, here: Path) -> None:
    """What --list prints is what --sources reads."""
    listed = avow("data", "fetch", "--list")
    (here / "mine.toml").write_text(
        listed.out.replace("epss.empiricalsecurity.com", "mirror.example"), encoding="utf-8"
    )
    printed = avow("data", "fetch", "epss", "--print", "--sources", "mine.toml")

    assert (listed.code, printed.code) == (0, 0)
    assert "https://mirror.example/epss_scores-current.csv.gz" in printed.out


def test_printed_commands_work(avow: Avow, here: Path, kev: Path) -> None:
    """The second half, on the machine that is offline, adds what curl would have written."""
    printed = avow("data", "fetch", "kev", "osv-pypi", "--print", "--data", "my data")
    osv_archive(here / "osv-pypi.download", record("PYSEC-1"))
    kev.rename(here / "kev.download")
    (here / "retrieved").write_text(f"{days_ago(2)}\n", encoding="ascii")
    first, _, second = printed.out.partition("# 2.")
    script = second.partition("\n")[2].replace(
        "avow ", f"{shlex.quote(sys.executable)} -c {shlex.quote(PROGRAM)} "
    )
    ran = subprocess.run(["sh", "-e", "-c", script], capture_output=True, text=True, check=False)

    assert first.count("curl --fail --location --proto =https --proto-redir =https") == 2
    assert ran.returncode == 0, ran.stderr
    assert "2 files, all as the manifest has them" in ran.stdout


PROGRAM = "from avow import cli; cli.COMMANDS.setdefault('data', ''); cli.main()"


def test_printing_opens_no_socket(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does anything but a download."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)

    assert avow("data", "fetch", "--all", "--print").code == 0
    assert avow("data", "fetch", "--list").code == 0
