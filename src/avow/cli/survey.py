"""`avow survey`: what is in the products, and what is known about it."""

from __future__ import annotations

import hashlib
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from avow import __version__
from avow.cli.folder import Folder, real_path
from avow.cli.options import EXISTING, EXISTING_FILE, Command
from avow.cli.progress import progress
from avow.cli.terminal import say
from avow.errors import InputInvalid
from avow.files import inputs_protected, read_bounded, refuse_input, require_writable, write_atomically
from avow.lineage import MAX_MAP_BYTES, LineageMap, read_map
from avow.product import PRODUCT_FILE, Product
from avow.record import Snapshot, SourceGap, SurveyRecord, Tool
from avow.report.survey import SURVEY_RENDERERS
from avow.vocabulary import Voice

if TYPE_CHECKING:
    from avow.sbom.inventory import Inventory
    from avow.snapshots.index import SnapshotIndex
    from avow.survey.assemble import Brought
    from avow.survey.batch import Progress
    from avow.survey.hearing import EvidenceInHand

DEFAULT_RECORD: Final = Path("survey.json")
MAX_WORKERS: Final = 64
OLD_DAYS: Final = 30
"""Older snapshots get a warning; new vulnerabilities become known every day."""

_BY_SUFFIX: Final = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".csv": "csv",
    ".json": "json",
    ".txt": "text",
}

_BROUGHT: Final = {
    "dependency-track": Voice.OWN,
    "osv-scanner": Voice.OWN,
    "cyclonedx": Voice.OWN,
    "vex": Voice.THIRD_PARTY_UNSIGNED,
    "csaf": Voice.THIRD_PARTY_UNSIGNED,
}
"""Findings in the data directory are the user's own tools'; VEX there is a third party's."""

_EVIDENCE: Final = ("provenance", "scorecard")
"""Kinds in the data directory that are evidence about projects."""


@click.command(
    cls=Command,
    epilog="Example: avow survey gateway.cdx.json --data snapshots --report survey.html",
)
@click.argument("sboms", metavar="SBOM...", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--product",
    "directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with avow.toml. Default: the current one, if it has an avow.toml.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Snapshots of public data, made by avow data.",
)
@click.option(
    "--findings",
    type=EXISTING_FILE,
    multiple=True,
    help="Findings or VEX of your own tools (Dependency-Track, OSV-Scanner, CycloneDX, ...). Repeatable.",
)
@click.option(
    "--supplied", type=EXISTING_FILE, multiple=True, help="The same, as a supplier delivered it. Repeatable."
)
@click.option(
    "--evidence",
    type=EXISTING,
    multiple=True,
    help="Bundles, provenance, Security Insights, Scorecard results, checkouts, source archives. Repeatable.",
)
@click.option(
    "--trusted-root",
    "roots",
    type=EXISTING_FILE,
    multiple=True,
    help="Root to verify them against. Repeatable.",
)
@click.option(
    "--policy", "-p", "policy_path", type=EXISTING_FILE, help="Who may speak; nothing is required here."
)
@click.option("--insecure-sandbox", is_flag=True, help="Accept a sandbox trusted root; the record says so.")
@click.option("--map", "map_path", type=EXISTING_FILE, help="Reviewed rows that say what components are.")
@click.option(
    "--propose",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write rows for the map to this file, for a person to review.",
)
@click.option(
    "--record",
    "record_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the record. Default: survey.json.",
)
@click.option(
    "--report",
    "reports",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Also write a report: .html, .md, .csv or .txt. Repeatable.",
)
@click.option("--by", default="", metavar="NAME", help="Who makes the record; written into it, not checked.")
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(list(SURVEY_RENDERERS)),
    default="text",
    help="What is printed. Default: text.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_WORKERS),
    default=1,
    help="Processes that read and look up. Default: 1.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors; the record is written.")
@inputs_protected()
def survey(
    *,
    sboms: tuple[Path, ...],
    directory: Path | None,
    data: Path | None,
    findings: tuple[Path, ...],
    supplied: tuple[Path, ...],
    evidence: tuple[Path, ...],
    roots: tuple[Path, ...],
    policy_path: Path | None,
    insecure_sandbox: bool,
    map_path: Path | None,
    propose: Path | None,
    record_path: Path | None,
    reports: tuple[Path, ...],
    by: str,
    format_: str,
    workers: int,
    quiet: bool,
) -> int:
    """Say what is in the products of SBOM, what is known about it, who says so, and what was not looked at.

    No judgement is made: exit 0 means that the record was written. Nothing is fetched. Without SBOM, and for
    whatever is not given, avow.toml in the current folder counts. - reads an SBOM from standard input.
    """
    now = datetime.now(UTC)
    folder = Folder(directory or Path(), required=directory is not None)
    content = folder.content
    is_the_product = folder.lists(sboms)
    if folder.exists and not is_the_product and not quiet:
        say(
            f"{PRODUCT_FILE} here does not list these SBOMs, so its product, record and report are not used; "
            "its data, findings, evidence and map are"
        )
    sboms = sboms or folder.paths(content.sboms, key="sboms")
    if not sboms:
        hint = "name one, as in avow survey product.cdx.json, or write a product folder with avow start"
        if folder.exists:
            hint = f"write it under sboms in {folder.directory / PRODUCT_FILE}, or name it here"
        raise InputInvalid("no SBOM is given", hint=hint)
    if is_the_product:
        record_path = record_path or folder.path(content.record)
        named = folder.path(content.report)
        reports = reports or ((named,) if named else ())
    record_path = record_path or DEFAULT_RECORD
    _require_outputs(record_path, reports, propose)
    used = _Used(
        sboms=sboms,
        data=data or folder.path(content.data),
        findings=findings or folder.paths(content.findings, key="findings"),
        supplied=supplied or folder.paths(content.supplied, key="supplied"),
        evidence=evidence or folder.paths(content.evidence, key="evidence"),
        roots=roots or folder.paths(content.roots, key="roots"),
        policy=policy_path or folder.path(content.policy),
        accept_sandbox=insecure_sandbox,
        map=map_path or folder.path(content.map),
        product=content.product if is_the_product else Product(),
        by=by.strip(),
        whole=is_the_product or map_path is not None,
    )
    with progress(quiet=quiet) as report, _executor(workers) as executor:
        gathering = _Gathering(used, now=now, quiet=quiet, executor=executor, report=report)
        made = gathering.record()
    _write(made, record_path=record_path, reports=reports, propose=propose)
    if not quiet:
        text = ""
        for text in SURVEY_RENDERERS[format_](made):  # parts of any length, not lines
            click.echo(text, nl=False)
        click.echo("", nl=not text.endswith("\n"))
        written = ", ".join(map(str, (record_path, *reports, *((propose,) if propose else ()))))
        say(f"exit 0: record written to {written}")
    return 0


class _Used(NamedTuple):
    """What the survey rests on, from flags and the product folder."""

    sboms: Sequence[Path]
    data: Path | None
    findings: Sequence[Path]
    supplied: Sequence[Path]
    evidence: Sequence[Path]
    roots: Sequence[Path]
    policy: Path | None
    accept_sandbox: bool
    map: Path | None
    product: Product
    by: str
    whole: bool
    """The SBOMs are all that the map is about."""

    @property
    def command(self) -> tuple[str, ...]:
        """The words that do the same without the product folder."""
        repeated = (
            *((name, each) for name, paths in self._lists for each in paths),
            *((name, path) for name, path in self._single if path is not None),
        )
        words = ["avow", "survey", *map(str, self.sboms)]
        for name, path in repeated:
            words += [name, str(path)]
        return (*words, "--insecure-sandbox") if self.accept_sandbox else tuple(words)

    @property
    def _lists(self) -> tuple[tuple[str, Sequence[Path]], ...]:
        return (
            ("--findings", self.findings),
            ("--supplied", self.supplied),
            ("--evidence", self.evidence),
            ("--trusted-root", self.roots),
        )

    @property
    def _single(self) -> tuple[tuple[str, Path | str | None], ...]:
        by = self.by or None
        return ("--data", self.data), ("--policy", self.policy), ("--map", self.map), ("--by", by)


class _Gathering:
    """Reads everything that the survey rests on."""

    def __init__(
        self, used: _Used, *, now: datetime, quiet: bool, executor: Executor, report: Progress
    ) -> None:
        self._used, self._now, self._quiet = used, now, quiet
        self._executor, self._report = executor, report
        self._brought: list[Brought] = []
        self._snapshots: list[Snapshot] = []
        self._gaps: list[SourceGap] = []
        self._in_data: list[Path] = []

    def _bring_all(self, paths: Sequence[Path], *, voice: Voice) -> None:
        """Read files of findings or VEX that are named one by one."""
        for path in paths:
            self._bring(path, source=str(path), voice=voice, kind="findings", listed=True)

    def _bring(self, path: Path, *, source: str, voice: Voice, kind: str, listed: bool) -> None:
        from avow.findings.read import MAX_BYTES, read_findings  # noqa: PLC0415  only for a survey
        from avow.sbom.reading import read_sbom  # noqa: PLC0415  see above
        from avow.survey.assemble import Brought  # noqa: PLC0415  see above

        data = read_bounded(path, max_bytes=MAX_BYTES, hint="export each project on its own")
        content = read_findings(data, source=source, read_sbom=read_sbom)
        self._brought.append(Brought(source=source, voice=voice, content=content))
        if listed:
            self._snapshots.append(
                Snapshot(
                    id=source,
                    kind=f"{kind}: {content.format}",
                    path=source,
                    file=source,
                    stated=content.stated,
                    sha256=hashlib.sha256(data).hexdigest(),
                    bytes=len(data),
                    records=len(content.findings) + len(content.vex),
                    unread=len(content.unread),
                    age_days=None if content.stated is None else max(0, (self._now - content.stated).days),
                )
            )

    def record(self) -> SurveyRecord:
        """The record of the survey."""
        from avow.survey import assemble  # noqa: PLC0415  only here
        from avow.survey.batch import LookUps  # noqa: PLC0415  see above

        used = self._used
        inventories = _inventories(used.sboms, executor=self._executor, report=self._report)
        self._bring_all(used.findings, voice=Voice.OWN)
        self._bring_all(used.supplied, voice=Voice.SUPPLIER)
        index = self._index(used.data)
        look_up = None if index is None else LookUps(index, executor=self._executor, progress=self._report)
        return assemble.survey(
            assemble.SurveyInputs(
                inventories=inventories,
                look_up=look_up,
                index=index,
                brought=self._brought,
                evidence=self._evidence(),
                table=self._map(used.map),
                whole=used.whole,
                product=used.product,
                snapshots=self._snapshots,
                command=used.command,
                gaps=self._gaps,
                by=used.by,
                tool=Tool(name="avow", version=__version__),
                now=self._now,
            )
        )

    def _index(self, data: Path | None) -> SnapshotIndex | None:
        from avow.snapshots.manifest import has_no_data  # noqa: PLC0415  only for a survey

        if data is None or has_no_data(data):
            where = "no data directory was given" if data is None else f"{data} has no data yet"
            to = "" if data is None else f" --data {shlex.quote(str(data))}"
            why = f"{where}; avow data fetch --all{to} downloads some"
            self._gaps.append(SourceGap(source="public data", why=why, kind="not_given"))
            return None
        from avow.snapshots.build import open_index  # noqa: PLC0415  only with data

        index = open_index(data, now=self._now, note=lambda line: None if self._quiet else say(line))
        for file in index.snapshots:
            age = file.age_days(now=self._now)
            self._snapshots.append(
                Snapshot(
                    id=file.path,
                    kind=file.kind,
                    path=file.path,
                    file=str(data / file.path),
                    origin=file.origin,
                    retrieved=file.retrieved,
                    stated=file.stated,
                    sha256=file.sha256,
                    bytes=file.bytes,
                    records=file.records,
                    unread=index.unread_count(file.path),
                    licence=file.licence,
                    age_days=age,
                    warning=f"{age} days old" if age is not None and age > OLD_DAYS else "",
                )
            )
        self._bring_snapshots(data, index)
        return index

    def _bring_snapshots(self, data: Path, index: SnapshotIndex) -> None:
        """Read the findings and VEX in the data directory; the index has their digests."""
        for kind, voice in _BROUGHT.items():
            for file in index.files(kind):
                self._bring(data / file.path, source=file.path, voice=voice, kind=kind, listed=False)
        self._in_data += [data / file.path for kind in _EVIDENCE for file in index.files(kind)]

    def _evidence(self) -> EvidenceInHand | None:
        used = self._used
        paths, roots, policy = (*used.evidence, *self._in_data), used.roots, used.policy
        if not paths:
            if roots or policy:
                self._gaps.append(
                    SourceGap(
                        source="declarations",
                        why="no evidence was given, so nothing was verified",
                        kind="not_given",
                    )
                )
            return None
        from avow.survey.evidence import gather  # noqa: PLC0415  imports sigstore
        from avow.transparency.trusted_root import load_root  # noqa: PLC0415  see above
        from avow.verification.session import sandbox_notes, session_for_policy  # noqa: PLC0415  see above

        trusted = [load_root(path) for path in roots]
        notes = [note for root in trusted for note in sandbox_notes(root, accepted=used.accept_sandbox)]
        self._gaps += [SourceGap(source="trusted roots", why=note) for note in notes]
        return gather(
            paths,
            roots=trusted,
            policy=None
            if policy is None
            else session_for_policy(
                policy, identity_only=False, accept_sandbox=used.accept_sandbox, today=self._now.date()
            ),
            now=self._now,
        )

    def _map(self, path: Path | None) -> LineageMap:
        if path is None:
            return LineageMap()
        return read_map(read_bounded(path, max_bytes=MAX_MAP_BYTES), source=str(path), now=self._now)


def _inventories(paths: Sequence[Path], *, executor: Executor, report: Progress) -> tuple[Inventory, ...]:
    """The SBOMs, in the order in which they were named; `-` is standard input."""
    from avow.formats.json_document import MAX_BYTES  # noqa: PLC0415  see above
    from avow.sbom.reading import read_sbom  # noqa: PLC0415  only for a survey
    from avow.survey.batch import read_sboms  # noqa: PLC0415  see above

    if paths.count(Path("-")) > 1:
        raise InputInvalid("standard input is named twice", hint="name - once")
    files = [path for path in paths if path != Path("-")]
    for path in files:
        _require_file(path)
    if len(set(map(real_path, files))) < len(files):
        raise InputInvalid("one SBOM is named twice", hint="name each SBOM once")
    if len(files) < len(paths) and sys.stdin is None:
        raise InputInvalid("standard input is closed", hint="name a file instead of -")
    read = iter(read_sboms(files, executor=executor, progress=report))
    found = []
    for path in paths:
        if path == Path("-"):
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
            found.append(read_sbom(content, source="standard input"))
        else:
            found.append(next(read))
    return tuple(found)


def _require_file(path: Path) -> None:
    """What is named is a file, as far as its name shows; whether it can be read, reading shows."""
    shown = str(path)
    if shown.startswith(("http:/", "https:/")):
        raise InputInvalid(
            f"{shown.replace(':/', '://', 1)} is an address, not a file",
            hint="download it, and name the file",
        )
    if path.is_dir():
        raise InputInvalid(
            f"{shown} is a directory",
            location=shown,
            hint=f"name the files in it: avow survey {shlex.quote(shown)}/*.json",
        )
    if not path.exists():
        raise InputInvalid(
            f"there is no file {shown}", location=shown, hint="correct the name, or change to its folder"
        )


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches every process of a terminal; a worker would print a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _executor(workers: int) -> Iterator[Executor]:
    from avow.survey.batch import InProcess  # noqa: PLC0415  only for a survey

    if workers == 1:
        yield InProcess()
        return
    executor = ProcessPoolExecutor(workers, initializer=_leave_interrupts_to_the_parent)
    try:
        yield executor
    except BrokenProcessPool as error:
        raise InputInvalid(
            "a worker process was ended before its work was done",
            hint="it may have needed more memory than there is; use fewer --workers",
        ) from error
    finally:  # after an interruption too, nothing waits for work that nobody will use
        executor.shutdown(wait=True, cancel_futures=True)


def _require_outputs(record: Path, reports: Sequence[Path], propose: Path | None) -> None:
    """Every output can be written and has a format; checked before anything is read."""
    outputs = [record, *reports, *([propose] if propose else [])]
    if len(set(map(real_path, outputs))) < len(outputs):
        raise InputInvalid(
            "two outputs name the same file", hint="give each --record, --report and --propose its own"
        )
    for path in reports:
        if path.suffix.lower() not in _BY_SUFFIX:
            raise InputInvalid(
                f"{path} does not say which report it is to be",
                location="--report",
                hint=f"let its name end in {', '.join(_BY_SUFFIX)}",
            )
    for path in outputs:
        require_writable(path)


def _write(made: SurveyRecord, *, record_path: Path, reports: Sequence[Path], propose: Path | None) -> None:
    """All files, the record last: where it is, the others are, too."""
    for path in (*reports, *((propose,) if propose else ()), record_path):
        refuse_input(path)  # all of them before the first is written
    for path in reports:
        write_atomically(path, map(str.encode, SURVEY_RENDERERS[_BY_SUFFIX[path.suffix.lower()]](made)))
    if propose:
        from avow.survey.proposals import rows_to_review  # noqa: PLC0415  only here

        write_atomically(propose, rows_to_review(made.proposals).encode())
    write_atomically(record_path, map(str.encode, SURVEY_RENDERERS["json"](made)))
