"""`avow data`: snapshots of public data on this machine."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from avow.cli.folder import Folder
from avow.cli.options import EXISTING, EXISTING_FILE, Command
from avow.cli.terminal import count, is_interactive, say
from avow.errors import EXIT_SATISFIED, EXIT_UNSATISFIED, NothingToEvaluate
from avow.files import read_bounded
from avow.snapshots.add import Adding, Additions
from avow.snapshots.build import index_state, open_index
from avow.snapshots.kinds import KINDS
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
from avow.values import printable

if TYPE_CHECKING:
    from avow.snapshots.fetch import Fetched

_NAMED: Final = 5
"""Unread records that are named; the others are counted."""

_LARGE_BYTES: Final = 20_000_000
"""Reading such a file takes a while, so its name is shown before."""

_MANY: Final = 10_000

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
@click.option("--retrieved", type=click.DateTime(["%Y-%m-%d"]), help="The day on which they were downloaded.")
@click.option("--licence", default="", help="Their licence, if it is not the one that the kind has.")
@click.option("--in-place", is_flag=True, help="Record files that are in the data directory; copy nothing.")
@click.option("--replace", is_flag=True, help="Replace files that are not known to be older.")
@click.option("--skip-unknown", is_flag=True, help="Leave out files of no known kind, and list them.")
@click.option("--no-index", is_flag=True, help="Don't build the index now; avow survey builds it then.")
def add(
    *,
    paths: tuple[Path, ...],
    directory: Path,
    origin: str,
    retrieved: datetime | None,
    licence: str,
    in_place: bool,
    replace: bool,
    skip_unknown: bool,
    no_index: bool,
) -> None:
    """Copy files to the data directory and record them; of a directory, every file in it.

    What a file is, its content decides, not its name. Either all files are added or none. Kinds: OSV's
    all.zip, CISA KEV, EU KEV, EUVD, EPSS, endoflife.date, histories of releases (CSV), published Scorecards,
    provenance, VEX, CSAF, and findings of Dependency-Track, OSV-Scanner and CycloneDX.
    """
    now = datetime.now(UTC)
    additions = Adding(
        directory=directory,
        now=now,
        origin=origin,
        retrieved=retrieved.date() if retrieved else None,
        licence=licence,
        in_place=in_place,
        replace=replace,
        skip_unknown=skip_unknown,
        progress=_reading,
    ).add(paths)
    _report_additions(additions)
    if not no_index:
        _build_index(directory, now)


@data.command(
    "list", cls=Command, short_help="Show the files, with their dates.", epilog="Example: avow data list"
)
@_data_option
@click.option("--unread", is_flag=True, help="List the entries of the files that could not be read instead.")
def list_(*, directory: Path, unread: bool) -> None:
    """Show each file with its kind, records, date, age, licence and origin.

    The date is the one that the data states, else the day of the download; the dates of files count for
    nothing. Whether files are unchanged, avow data verify finds out.
    """
    now = datetime.now(UTC)
    manifest = _with_files(directory)
    if unread:
        _list_unread(directory, now=now)
        return
    for kind in KINDS:
        for file in manifest.of_kind(kind):
            click.echo(printable(f"{file.path}  {_described(file)}"))
            click.echo(printable(f"  {_dated(file)}, {_age(file, now=now)}"))
            origin, licence = file.origin or "not stated", file.licence or "not stated"
            click.echo(printable(f"  origin {origin}, licence {licence}"))
            click.echo(printable(f"  sha256:{file.sha256}"))
    click.echo(f"{count(len(manifest.files), 'file')}.")


@data.command(
    "verify",
    cls=Command,
    short_help="Compare the files with the manifest.",
    epilog="Example: avow data verify",
)
@_data_option
def verify(*, directory: Path) -> None:
    """Read every file again and compare it with the manifest.

    A file that was edited, is missing, is not in the manifest or has a date in the future is an error; then
    nothing in the directory is used, and the exit code is 2.
    """
    manifest = _with_files(directory)
    require_unchanged(directory, manifest, now=datetime.now(UTC))
    files = count(len(manifest.files), "file")
    state = index_state(directory, manifest)
    click.echo(printable(f"{directory}: {files}, all as the manifest has them; the index is {state}."))


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

    With --max-age, kinds that are older or whose age is not known are marked, and the exit code is 1.
    """
    now = datetime.now(UTC)
    manifest = _with_files(directory)
    require_past(directory, manifest, now=now)
    old = 0
    for kind in KINDS:
        ages = [each.age_days(now=now) for each in manifest.of_kind(kind) if kind not in _UNDATED]
        if not ages:
            continue
        known = [each for each in ages if each is not None]
        is_old = max_age is not None and (len(known) < len(ages) or max(known) > max_age)
        old += is_old
        parts = [f"oldest {count(max(known), 'day')}"] if known else []
        parts += [f"{count(len(ages) - len(known), 'file')} of unknown age"] if len(known) < len(ages) else []
        mark = f"  past the limit of {count(max_age or 0, 'day')}" if is_old else ""
        click.echo(printable(f"{kind:16}  {count(len(ages), 'file')}, {', '.join(parts)}{mark}"))
    return EXIT_UNSATISFIED if old else EXIT_SATISFIED


@data.command(
    "fetch",
    cls=Command,
    short_help="Download files and add them, or print the commands.",
    epilog="Example: avow data fetch kev eukev osv-pypi --print",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_data_option
@click.option("--all", "everything", is_flag=True, help="Fetch every source of the table.")
@click.option("--sources", type=EXISTING_FILE, help="A table of addresses in place of the one of avow.")
@click.option("--list", "list_only", is_flag=True, help="Print the table of addresses; fetch nothing.")
@click.option(
    "--print", "print_only", is_flag=True, help="Print commands for another machine; fetch nothing."
)
@click.option(
    "--insecure-loopback-http", is_flag=True, help="Accept http for addresses of this machine; for tests."
)
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
    no_index: bool,
) -> None:
    """Download the sources with these NAMEs over https, and add them to the data directory.

    Requests go to the addresses of a table, which you can print with --list and replace with --sources; a
    request never says anything about your products. A download that breaks off continues at the next call.
    For a machine that is offline, --print prints commands to copy.
    """
    text = shipped_table()
    if sources:
        text = read_bounded(sources, max_bytes=MAX_SOURCES_BYTES).decode(errors="replace")
    table = read_sources(text, source=str(sources or "the table of avow"), kinds=frozenset(KINDS))
    if list_only:
        click.echo("\n".join(map(printable, text.splitlines())))
        return
    if not names and not everything:
        raise click.UsageError(f"name what to fetch, or give --all; the table has {', '.join(table)}")
    wanted = tuple(table.values()) if everything else chosen(table, names)
    if print_only:
        for line in commands_for(wanted, directory):
            click.echo(printable(line))
        return
    now = datetime.now(UTC)
    for source in wanted:
        _fetch(source, directory, now=now, accept_loopback_http=insecure_loopback_http)
    if not no_index:
        _build_index(directory, now)


def _fetch(source: DataSource, directory: Path, *, now: datetime, accept_loopback_http: bool) -> None:
    """Download one source and add it; what came before it stays if this one fails."""
    from avow.snapshots.fetch import Download  # noqa: PLC0415  the one import of a network client

    say(f"fetching {source.name} from {source.url}")
    fetched = Download(
        source=source,
        directory=directory / STATE_DIRECTORY / "downloads",
        accept_loopback_http=accept_loopback_http,
        progress=_progress(source.name),
    ).run()
    _report_fetched(fetched)
    try:
        additions = Adding(
            directory=directory,
            now=now,
            origin=source.url,
            retrieved=now.date(),
            licence=source.licence,
            only_kind=source.kind,
        ).add([fetched.path])
    finally:
        fetched.path.unlink(missing_ok=True)
    _report_additions(additions)


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
        click.echo(printable(f"indexed  advisories of {', '.join(index.ecosystems) or 'no ecosystem'}"))


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
    covers = f" of {', '.join(file.covers)}" if file.covers else ""
    return f"{KINDS[file.kind].about}{covers}: {count(file.records, 'record')}{unread}"


def _dated(file: SnapshotFile) -> str:
    stated = f"dated {file.stated.date().isoformat()}" if file.stated else "states no date"
    return f"{stated}, retrieved {file.retrieved.isoformat() if file.retrieved else 'not stated'}"


def _age(file: SnapshotFile, *, now: datetime) -> str:
    days = file.age_days(now=now)
    return "age not known" if days is None else f"{count(days, 'day')} old"


def _report_additions(additions: Additions) -> None:
    for message in additions.skipped:
        say(f"left out: {message}")
    for each in additions.added:
        click.echo(printable(f"{each.change.value:9}  {each.file.path}  {_described(each.file)}"))
        for note in each.recognised.notes:
            say(f"  note: {note}")
        for problem in each.recognised.unread[:_NAMED]:
            place = f"{problem.place} " if problem.place else ""
            say(f"  {place}{problem.message}")
        if (more := each.recognised.unread_count - _NAMED) > 0:
            say(f"  and {more} more; what is not read is missing from every answer")
    if not additions.added:
        raise NothingToEvaluate("no file was added", hint="name files of a known kind: avow data add --help")
