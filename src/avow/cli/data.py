"""`avow data`: snapshots of public data on this machine."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from avow.cli.folder import Folder
from avow.cli.options import EXISTING, EXISTING_FILE, Command
from avow.cli.terminal import count, is_interactive, say
from avow.errors import (
    EXIT_SATISFIED,
    EXIT_UNSATISFIED,
    AvowError,
    InputInvalid,
    NothingToEvaluate,
    ServiceUnavailable,
)
from avow.files import read_bounded
from avow.snapshots.add import Adding, Addition, Additions, Change
from avow.snapshots.build import index_state, open_index
from avow.snapshots.kinds import KINDS
from avow.snapshots.lock import changing
from avow.snapshots.manifest import (
    STATE_DIRECTORY,
    Manifest,
    SnapshotFile,
    load_manifest,
    require_past,
    require_unchanged,
)
from avow.snapshots.sources import (
    MAX_SOURCES_BYTES,
    MEGABYTE,
    DataSource,
    chosen,
    read_sources,
    shipped_table,
)
from avow.snapshots.verify import require_as_read, require_same_index
from avow.values import printable

if TYPE_CHECKING:
    from avow.snapshots.fetch import Fetched

_NAMED: Final = 5
"""Unread records that are named; the others are counted."""

_LARGE_BYTES: Final = 20_000_000
"""Reading such a file takes a while, so its name is shown before."""

_MANY: Final = 10_000

_GROUPED: Final = 6
"""So many files of one kind in one folder are shown as one; endoflife.date has a file for each product."""

_UNDATED: Final = frozenset({"signature", "checksum", "osv-ecosystems"})
"""Kinds that have no age of their own."""

_F = TypeVar("_F", bound=Callable[..., Any])


def _data_option(command: _F) -> _F:
    return click.option(
        "--data",
        "directory",
        type=click.Path(path_type=Path, file_okay=False),
        default=_data_directory,
        help="The data directory. Default: that of avow.toml here, else snapshots.",
    )(command)


class _Day(click.ParamType[date]):
    """A day as ISO 8601 writes it."""

    name = "YYYY-MM-DD"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day."""
        try:
            return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is not a day; write the day as 2026-11-20", param, ctx)


def _details_option(command: _F) -> _F:
    return click.option("--details", is_flag=True, help="Show each file, also where a kind has many.")(
        command
    )


def _data_directory() -> Path:
    return Folder(Path(), required=False).path_of_data or Path("snapshots")


@click.group(epilog="Example: avow data list")
def data() -> None:
    """Keep snapshots of public data: advisories, exploited lists, support dates, and findings of your tools.

    A data directory has the files and a manifest with the origin, date and digest of each. Nothing is fetched
    unless you ask for it, and nothing about your products leaves this machine.
    """


@data.command(
    "add",
    cls=Command,
    short_help="Add files to the data directory.",
    epilog="Example: avow data add kev.json --origin https://www.cisa.gov/ --retrieved 2026-11-20",
)
@click.argument("paths", type=EXISTING, nargs=-1, required=True, metavar="FILE_OR_DIR...")
@_data_option
@click.option("--origin", default="", help="Where the files are from, such as an address.")
@click.option("--retrieved", type=_Day(), help="The day on which they were downloaded.")
@click.option("--licence", default="", help="Their licence, if it is not the one that the kind has.")
@click.option("--in-place", is_flag=True, help="Record files that are in the data directory; copy nothing.")
@click.option("--replace", is_flag=True, help="Replace files that are not known to be older.")
@click.option("--skip-unknown", is_flag=True, help="Leave out files of no known kind, and list them.")
@click.option("--no-index", is_flag=True, help="Don't build the index now; avow survey builds it then.")
@_details_option
def add(
    *,
    paths: tuple[Path, ...],
    directory: Path,
    origin: str,
    retrieved: date | None,
    licence: str,
    in_place: bool,
    replace: bool,
    skip_unknown: bool,
    no_index: bool,
    details: bool,
) -> None:
    """Copy files to the data directory and record them; of a directory, every file in it.

    What a file is, its content decides, not its name. Either all files are added or none. Kinds: OSV's
    all.zip, CISA KEV, EU KEV, EUVD, EPSS, endoflife.date, histories of releases (CSV), published Scorecards,
    provenance, VEX, CSAF, and findings of Dependency-Track, OSV-Scanner and CycloneDX.
    """
    now = datetime.now(UTC)
    with changing(directory, waiting=lambda: _wait(directory)):
        additions = Adding(
            directory=directory,
            now=now,
            origin=origin,
            retrieved=retrieved,
            licence=licence,
            in_place=in_place,
            replace=replace,
            skip_unknown=skip_unknown,
            progress=_reading,
        ).add(paths)
        _report_additions(additions, details=details)
        if not no_index:
            _build_index(directory, now)
    if undated := sum(map(_is_undated, (each.file for each in additions.added))):
        them, their = ("it", "its") if undated == 1 else ("them", "their")
        say(
            f"{count(undated, 'file')} without a date; add {them} again with --retrieved YYYY-MM-DD, "
            f"or {their} age stays unknown"
        )


@data.command(
    "list", cls=Command, short_help="Show the files, with their dates.", epilog="Example: avow data list"
)
@_data_option
@click.option("--unread", is_flag=True, help="List the entries of the files that could not be read instead.")
@_details_option
def list_(*, directory: Path, unread: bool, details: bool) -> None:
    """Show each file with its kind, records, date, age, licence and origin.

    The date is the one that the data states, else the day of the download. File modification times are
    ignored. avow data verify checks that files are unchanged. Where a kind has many files, they are counted.
    """
    now = datetime.now(UTC)
    manifest = _with_files(directory)
    if unread:
        _list_unread(directory, now=now)
        return
    for kind in KINDS:
        for _, group in groupby(sorted(manifest.of_kind(kind), key=_folder), key=_folder):
            files = list(group)
            if len(files) >= _GROUPED and not details:
                _list_together(files, now=now)
            else:
                for file in files:
                    _list_one(file, now=now)
    for path in manifest.ignored if details else ():
        click.echo(printable(f"{path}  ignored: of no known kind when it was left out"))
    ignored = f", and {count(len(manifest.ignored), 'ignored file')}" if manifest.ignored else ""
    click.echo(f"{count(len(manifest.files), 'file')}{ignored}.")


def _list_one(file: SnapshotFile, *, now: datetime) -> None:
    click.echo(printable(f"{file.path}  {_described(file)}"))
    click.echo(printable(f"  {_dated(file)}, {_age(file, now=now)}"))
    click.echo(printable(f"  {_from([file])}"))
    click.echo(printable(f"  sha256:{file.sha256}"))


def _list_together(files: Sequence[SnapshotFile], *, now: datetime) -> None:
    """The files of one kind, as a sum."""
    click.echo(printable(f"{_folder(files[0])}/*  {_summed(files)}"))
    click.echo(printable(f"  {_ages(files, now=now)}"))
    click.echo(printable(f"  {_from(files)}"))
    click.echo("  --details shows each file")


@data.command(
    "verify",
    cls=Command,
    short_help="Compare the files with the manifest.",
    epilog="Example: avow data verify",
)
@_data_option
def verify(*, directory: Path) -> None:
    """Read every file again, compare it with the manifest, and the index with one that is built again.

    A file that was edited, is missing, is not in the manifest or has a date in the future is an error; then
    nothing in the directory is used, and the exit code is 2. So is a manifest or an index that does not say
    what is in the files, which only this command finds; a survey trusts both.
    """
    now = datetime.now(UTC)
    manifest = _with_files(directory)
    require_unchanged(directory, manifest, now=now)
    require_as_read(directory, manifest, now=now, reading=_reading)
    files = count(len(manifest.files), "file")
    state = index_state(directory, manifest)
    if state == "ready":
        require_same_index(directory, manifest, progress=_indexed)
        state = "ready, and is the same when it is built again"
    click.echo(printable(f"{directory}: {files}, all as the manifest has them; the index is {state}."))
    if manifest.ignored:
        ignored = count(len(manifest.ignored), "file")
        click.echo(
            f"  {ignored} beside them ignored, as the manifest says; avow data list --details shows each"
        )


@data.command(
    "age",
    cls=Command,
    short_help="Show how old the data is, per kind.",
    epilog="Example: avow data age --max-age 7",
)
@_data_option
@click.option(
    "--max-age", type=click.IntRange(min=0), metavar="DAYS", help="Exit with 1 if anything is older."
)
def age(*, directory: Path, max_age: int | None) -> int:
    """Show the age of the oldest file of each kind, in days.

    With --max-age, kinds that are older or whose age is not known get a note, and the exit code is 1.
    """
    now = datetime.now(UTC)
    manifest = _with_files(directory)
    require_past(directory, manifest, now=now)
    old = 0
    for kind in KINDS:
        ages = [each.age_days(now=now) for each in manifest.of_kind(kind) if kind not in _UNDATED]
        if not ages:
            continue
        mark = "" if max_age is None else _mark(ages, max_age)
        old += bool(mark)
        click.echo(f"{kind:16}  {count(len(ages), 'file')}, {_oldest(ages)}{mark}")
    return EXIT_UNSATISFIED if old else EXIT_SATISFIED


def _oldest(ages: Sequence[int | None]) -> str:
    known = [each for each in ages if each is not None]
    parts = [f"oldest {count(max(known), 'day')}"] if known else []
    if unknown := len(ages) - len(known):
        parts.append(f"{count(unknown, 'file')} of unknown age")
    return ", ".join(parts)


def _mark(ages: Sequence[int | None], max_age: int) -> str:
    """Why these files are not all within the limit; empty if they are."""
    limit = count(max_age, "day")
    if any(each is not None and each > max_age for each in ages):
        return f"  past the limit of {limit}"
    return f"  age not known, so not within {limit} for certain" if None in ages else ""


@data.command(
    "fetch",
    cls=Command,
    short_help="Download files and add them, or print the commands.",
    epilog="Example: avow data fetch kev eukev osv-pypi --print",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_data_option
@click.option("--all", "everything", is_flag=True, help="Fetch every source of the table.")
@click.option("--sources", type=EXISTING_FILE, help="A table of addresses in place of Avow's own.")
@click.option("--list", "list_only", is_flag=True, help="Print the table of addresses; fetch nothing.")
@click.option(
    "--print", "print_only", is_flag=True, help="Print commands for another machine; fetch nothing."
)
@click.option(
    "--insecure-loopback-http", is_flag=True, help="Accept http for addresses of this machine; for tests."
)
@click.option("--replace", is_flag=True, help="Replace files that are not known to be older.")
@click.option("--no-index", is_flag=True, help="Don't build the index now; avow survey builds it then.")
def fetch(
    *,
    names: tuple[str, ...],
    directory: Path,
    everything: bool,
    sources: Path | None,
    list_only: bool,
    print_only: bool,
    insecure_loopback_http: bool,
    replace: bool,
    no_index: bool,
) -> None:
    """Download the sources with these NAMEs over https, and add them to the data directory.

    Requests go to the addresses of a table, which you can print with --list and replace with --sources; a
    request never says anything about your products. A download that breaks off continues at the next call.
    If one source fails, the others are fetched all the same. For a machine that is offline, --print prints
    commands to copy.
    """
    text = shipped_table()
    if sources:
        text = read_bounded(sources, max_bytes=MAX_SOURCES_BYTES).decode(errors="replace")
    table = read_sources(text, source=str(sources or "Avow's own table"), kinds=frozenset(KINDS))
    if list_only:
        click.echo("\n".join(map(printable, text.splitlines())))
        return
    if not names and not everything:
        everything_ = _command("fetch", "--all", directory=directory, sources=sources)
        raise InputInvalid(
            f"name what to fetch, or give --all; the table has {', '.join(table)}",
            hint=f"{everything_}, or {everything_} --print for a machine without a network",
        )
    wanted = tuple(table.values()) if everything else chosen(table, names)
    if print_only:
        for line in commands_for(wanted, directory):
            click.echo(printable(line))
        return
    now = datetime.now(UTC)
    failures: dict[str, AvowError] = {}
    with changing(directory, waiting=lambda: _wait(directory)):
        fetching = _Fetching(
            directory, sources, now, accept_loopback_http=insecure_loopback_http, replace=replace
        )
        for source in wanted:
            try:
                fetching.fetch(source)
            except AvowError as error:
                failures[source.name] = error
                if len(wanted) > 1:
                    say(f"  failed: {error.message}")
        if not no_index and len(failures) < len(wanted):
            _build_index(directory, now)
    again = _command("fetch", *failures, "--print", directory=directory, sources=sources)
    _raise_failures(failures, of=len(wanted), again=again)


def _raise_failures(failures: Mapping[str, AvowError], *, of: int, again: str) -> None:
    """End with what went wrong, if anything did; trying again helps only where it helps with all of it.

    `again` is the command that prints how to fetch these elsewhere.

    Raises:
        AvowError: the one failure of one source, or that several sources could not be fetched.
    """
    if not failures:
        return
    (first, *_) = failures.values()
    if of == 1:
        raise first
    for name, error in failures.items():
        say(f"not fetched: {name}: {error.message}")
        for problem in error.problems if isinstance(error, InputInvalid) else ():
            say(f"  {problem.message}")
    message = f"{len(failures)} of {of} sources could not be fetched: {', '.join(failures)}"
    for error in failures.values():
        if not isinstance(error, ServiceUnavailable):
            raise InputInvalid(message, hint=error.hint)
    hint = f"check the network, or run {again} and run these commands on another machine"
    raise ServiceUnavailable(message, hint=hint)


@dataclass(frozen=True, slots=True)
class _Fetching:
    """How sources are fetched into one data directory."""

    directory: Path
    sources: Path | None
    now: datetime
    accept_loopback_http: bool = field(kw_only=True)
    replace: bool = field(kw_only=True)

    def fetch(self, source: DataSource) -> None:
        """Download one source and add it; what came before it stays if this one fails."""
        from avow.snapshots.fetch import Download  # noqa: PLC0415  the one import of a network client

        say(f"fetching {source.name} from {source.url}")
        downloads = self.directory / STATE_DIRECTORY / "downloads"
        try:
            fetched = Download(
                source=source,
                directory=downloads,
                accept_loopback_http=self.accept_loopback_http,
                commands=_command(
                    "fetch", source.name, "--print", directory=self.directory, sources=self.sources
                ),
                progress=_progress(source.name),
            ).run()
            _report_fetched(fetched)
            try:
                additions = Adding(
                    directory=self.directory,
                    now=self.now,
                    origin=source.url,
                    retrieved=self.now.date(),
                    licence=source.licence,
                    only_kind=source.kind,
                    replace=self.replace,
                ).add([fetched.path])
            finally:
                fetched.path.unlink(missing_ok=True)
        finally:
            with suppress(OSError):  # it has what another run can continue
                downloads.rmdir()
        _report_additions(additions, details=True)


def _command(*words: str, directory: Path, sources: Path | None) -> str:
    """A command of `avow data` with the same directory and table."""
    more = ["--data", str(directory)] if directory != _data_directory() else []
    more += ["--sources", str(sources)] if sources else []
    return shlex.join(["avow", "data", *words, *more])


def _wait(directory: Path) -> None:
    say(f"waiting for another avow data, which changes {directory}")


def _report_fetched(fetched: Fetched) -> None:
    continued = f", continued at byte {fetched.resumed_at}" if fetched.resumed_at else ""
    click.echo(f"fetched  {count(fetched.bytes, 'byte')}{continued}  sha256:{fetched.sha256}")


def commands_for(sources: Sequence[DataSource], directory: Path) -> Iterable[str]:
    """A script for a machine with a network, and one for the machine that has the data directory."""
    yield "# 1. on a machine with a network, in an empty directory:"
    yield "date -u +%F > retrieved"
    for source in sources:
        limit = f"--proto =https --proto-redir =https --max-filesize {source.max_bytes}"
        output = shlex.quote(f"{source.name}.download")
        yield f"curl --fail --location {limit} --output {output} {shlex.quote(source.url)}"
    yield "sha256sum *.download"
    yield "# 2. in a copy of that directory, on the machine with the data directory:"
    for source in sources:
        licence = f" --licence {shlex.quote(source.licence)}" if source.licence else ""
        yield (
            f"avow data add {shlex.quote(f'{source.name}.download')} --data {shlex.quote(str(directory))} "
            f'--origin {shlex.quote(source.url)} --retrieved "$(cat retrieved)"{licence} --no-index'
        )
    yield f"avow data verify --data {shlex.quote(str(directory))}"


def _list_unread(directory: Path, *, now: datetime) -> None:
    """One line for each entry that is missing from every answer."""
    with open_index(directory, now=now, note=say) as index:
        for each in index.unread():
            click.echo(printable(f"{each.snapshot}  {each.place}  {each.message}"))


def _with_files(directory: Path) -> Manifest:
    """The manifest, if it has files.

    Raises:
        NothingToEvaluate: it has none, so nothing can be said.
    """
    manifest = load_manifest(directory)
    if not manifest.files:
        raise NothingToEvaluate(
            f"{directory} has no files",
            hint=f"add some: avow data add --data {shlex.quote(str(directory))} FILE...",
        )
    return manifest


def _build_index(directory: Path, now: datetime) -> None:
    with open_index(directory, now=now, note=say, progress=_indexed) as index:
        missing = {each.path: index.unread_count(each.path) for each in index.snapshots}
        for path, number in missing.items():
            if number:
                say(f"{path}: {number} not read, so missing from every answer; see avow data list --unread")
        ecosystems = ", ".join(index.ecosystems)
        click.echo(
            printable(f"indexed  advisories for {ecosystems}" if ecosystems else "no advisories to index")
        )


def _indexed(path: str, records: int) -> None:
    if is_interactive() and records >= _MANY:
        say(f"  {path}: {records} records")


def _reading(path: Path) -> None:
    if path.is_file() and path.stat().st_size > _LARGE_BYTES:
        say(f"reading {path}")


def _progress(name: str) -> Callable[[int, int | None], None]:
    """Writes a line for every tenth of a download, or every 20 MB where the length is not said."""
    last = 0

    def received(size: int, total: int | None) -> None:
        nonlocal last
        step = max(_LARGE_BYTES, (total or 0) // 10)
        if size - last >= step:
            last = size
            say(f"  {name}: {size // MEGABYTE} of {total // MEGABYTE if total else '?'} MB")

    return received


def _described(file: SnapshotFile) -> str:
    unread = f", {file.unread} not read" if file.unread else ""
    covers = f" for {', '.join(file.covers)}" if file.covers else ""
    return f"{KINDS[file.kind].about}{covers}: {count(file.records, 'record')}{unread}"


def _dated(file: SnapshotFile) -> str:
    stated = f"dated {file.stated.date().isoformat()}" if file.stated else "states no date"
    if file.newest and not file.stated:
        stated += f", newest entry {file.newest.isoformat()}"
    return f"{stated}, retrieved {file.retrieved.isoformat() if file.retrieved else 'not stated'}"


def _age(file: SnapshotFile, *, now: datetime) -> str:
    days = file.age_days(now=now)
    return "age not known" if days is None else f"{count(days, 'day')} old"


def _is_undated(file: SnapshotFile) -> bool:
    """It has an age, and nobody knows it."""
    return file.kind not in _UNDATED and file.stated is None and file.retrieved is None


def _ages(files: Sequence[SnapshotFile], *, now: datetime) -> str:
    """The ages of several files, in a few words."""
    if files[0].kind in _UNDATED:
        return "without an age"
    return _oldest([each.age_days(now=now) for each in files])


def _folder(file: SnapshotFile) -> str:
    return str(PurePosixPath(file.path).parent)


def _summed(files: Sequence[SnapshotFile]) -> str:
    """What several files of one kind are, and have together."""
    unread = sum(each.unread for each in files)
    ecosystems = ", ".join(sorted({name for each in files for name in each.covers}))
    about = f"{KINDS[files[0].kind].about}{f' for {ecosystems}' if ecosystems else ''}"
    records = count(sum(each.records for each in files), "record")
    return f"{about}: {count(len(files), 'file')}, {records}{f', {unread} not read' if unread else ''}"


def _from(files: Sequence[SnapshotFile]) -> str:
    """Origin and licence."""
    origins = ", ".join(dict.fromkeys(each.origin or "not stated" for each in files))
    licences = ", ".join(dict.fromkeys(each.licence or "not stated" for each in files))
    return f"origin {origins}, licence {licences}"


def _report_additions(additions: Additions, *, details: bool) -> None:
    shown = additions.skipped if details else additions.skipped[:_NAMED]
    for message in shown:
        say(f"left out: {message}")
    if more := len(additions.skipped) - len(shown):
        say(f"and {count(more, 'more file')} left out; --details shows each")

    def what(each: Addition) -> tuple[int, str, str]:
        return list(KINDS).index(each.file.kind), each.change.value, _folder(each.file)

    for _, group in groupby(sorted(additions.added, key=what), key=what):
        together = list(group)
        if len(together) >= _GROUPED and not details:
            files = [each.file for each in together]
            click.echo(printable(f"{together[0].change.value:9}  {_folder(files[0])}/*  {_summed(files)}"))
            _report_notes(together)
            continue
        for each in together:
            click.echo(printable(f"{each.change.value:9}  {each.file.path}  {_described(each.file)}"))
            for before in each.before if each.change is Change.REPLACED else ():
                say(f"  before: {count(before.records, 'record')}, {_dated(before)}")
            _report_notes([each])
    if not additions.added:
        raise NothingToEvaluate("no file was added", hint="name files of a known kind: avow data add --help")


def _report_notes(additions: Sequence[Addition]) -> None:
    """What the readers noted, and what they could not read: the first few, and how many more."""
    several = len(additions) > 1
    notes = [
        f"  note: {f'{each.file.path}: ' if several else ''}{note}"
        for each in additions
        for note in each.recognised.notes
    ]
    shown = notes[:_NAMED] if several else notes
    for line in shown:
        say(line)
    if more := len(notes) - len(shown):
        say(f"  and {count(more, 'more note')}; --details shows each")
    unread = [
        f"  {f'{each.file.path}: ' if several else ''}{f'{problem.place} ' if problem.place else ''}"
        f"{problem.message}"
        for each in additions
        for problem in each.recognised.unread[:_NAMED]
    ][:_NAMED]
    for line in unread:
        say(line)
    if (more := sum(each.recognised.unread_count for each in additions) - len(unread)) > 0:
        say(f"  and {more} more; what is not read is missing from every answer")
