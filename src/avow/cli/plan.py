"""`avow plan`: what was decided about the upstream projects of a product, and what upstream knows of them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from avow.cli.folder import Folder
from avow.cli.options import EXISTING_FILE, Command
from avow.cli.terminal import count, say
from avow.errors import InputInvalid, Problem
from avow.files import read_bounded, write_atomically
from avow.formats.yaml_nodes import MAX_BYTES as MAX_PLAN_BYTES
from avow.plan import PLAN_FILE, Plan, read_plan
from avow.values import latest_date_on_earth, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avow.planning.states import ProjectState
    from avow.record import SurveyRecord

MAX_RECORD_BYTES: Final = 512 * 1024 * 1024
DEFAULT_RECORD: Final = Path("survey.json")

SHOWN: Final = 10
"""Lines of one kind that are printed; the others are counted."""

_F = TypeVar("_F", bound="Callable[..., Any]")


_plan_file = click.option(
    "--plan",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The plan. Default: that of avow.toml here, else plan.yaml.",
)


def _files(command: _F) -> _F:
    command = click.option(
        "--record",
        type=EXISTING_FILE,
        help="Record of avow survey. Default: that of avow.toml here, else survey.json.",
    )(command)
    return _plan_file(command)


@click.group(epilog="Example: avow plan update")
def plan() -> None:
    """Keep plan.yaml: decisions about upstream projects and vulnerabilities, and what upstream knows.

    The file is yours: these commands add to it, and change only what you ask them to.
    """


class _Here:
    """The plan and the record that a command is about: by options, by avow.toml, or by the usual names."""

    def __init__(self, path: Path | None, record: Path | None = None, *, required: bool = True) -> None:
        folder = Folder(Path(), required=False)
        self.now = datetime.now(UTC)
        self.path = path or folder.path(folder.content.plan) or Path(PLAN_FILE)
        self._record = record or folder.path(folder.content.record) or DEFAULT_RECORD
        self.text, self.plan = "", Plan()
        if required and not self.path.exists():
            raise InputInvalid(
                f"there is no plan {self.path}", location=str(self.path), hint="avow plan update writes it"
            )
        if self.path.exists():
            data = read_bounded(self.path, max_bytes=MAX_PLAN_BYTES)
            self.plan = read_plan(data, source=str(self.path), now=self.now)
            self.text = data.decode("utf-8-sig")  # the plan's reader refuses anything else

    @property
    def has_record(self) -> bool:
        """A survey has written one."""
        return self._record.is_file()

    @cached_property
    def record(self) -> SurveyRecord:
        """What the survey found.

        Raises:
            InputInvalid: there is no record, or it can't be read.
        """
        from avow.record import read_survey_record  # noqa: PLC0415  only with a record

        if not self.has_record:
            raise InputInvalid(
                f"there is no record {self._record}",
                location=str(self._record),
                hint="avow survey writes it; or name one with --record",
            )
        data = read_bounded(self._record, max_bytes=MAX_RECORD_BYTES)
        return read_survey_record(data, source=str(self._record))

    @cached_property
    def states(self) -> list[ProjectState]:
        """Each upstream project of the record beside the plan."""
        from avow.planning.states import states  # noqa: PLC0415  only with a record

        return states(self.record, self.plan)


@plan.command(
    "update",
    cls=Command,
    short_help="Add what the survey found and the plan does not speak of.",
    epilog="Example: avow plan update --record survey.json",
)
@_files
@click.option("--print", "print_only", is_flag=True, help="Show the file and write nothing.")
def update(*, record: Path | None, path: Path | None, print_only: bool) -> None:
    """Add upstream projects and vulnerabilities that the survey found and the plan does not speak of.

    The most urgent come first. Comments, order and everything that you wrote stay as they are.
    """
    from avow.planning.update import updated  # noqa: PLC0415  only here

    here = _Here(path, record, required=False)
    text, target = here.text, here.path
    made = updated(text, here.plan, here.states, today=latest_date_on_earth(here.now))
    read_plan(
        made.text.encode(), source=str(target), now=here.now
    )  # nothing is written that can't be read again
    if print_only:
        click.echo(made.text, nl=False)
    elif made.text != text:
        write_atomically(target, made.text.encode())
    for line in made.not_written:
        say(f"not added: {line}")
    if made.projects or made.vulnerabilities:
        say(
            f"{target}: {count(made.projects, 'upstream project')} and "
            f"{count(made.vulnerabilities, 'vulnerability', 'vulnerabilities')} added"
        )
        if made.vulnerabilities:
            say(f"Next: answer each `answer: open` in {target}, then avow plan show")
    else:
        say(f"{target}: nothing is new")


@plan.command(
    "show",
    cls=Command,
    short_help="Say what is open, what fell due, and what is new.",
    epilog="Example: avow plan show",
)
@_files
def show(*, record: Path | None, path: Path | None) -> None:
    """Say what is open in the plan, what has fallen due, and what the survey has that the plan does not.

    Nothing is judged: exit 0 means that the plan could be read.
    """
    from avow.planning.due import open_points  # noqa: PLC0415  only here
    from avow.planning.states import about_nothing, overtaken  # noqa: PLC0415  see above

    here = _Here(path, record)
    for title, lines in open_points(here.plan, today=latest_date_on_earth(here.now)):
        _show(title, lines)
    if record is None and not here.has_record:
        say("no record of a survey is here, so the plan was not compared with one")
        return
    known, found = here.plan, here.states
    nothing = [each.upstream for each in about_nothing(known, found)]
    for title, lines in overtaken(found):
        _show(title, lines)
    _show(
        "about no project of the record (correct `upstream` if it was renamed, or take the entry out)",
        nothing,
    )
    missing = [each for each in found if each.undecided]
    _show("in the record and not in the plan (avow plan update adds them)", list(map(_missing, missing)))


@plan.command(
    "export",
    cls=Command,
    short_help="Write the plan as a table.",
    epilog="Example: avow plan export plan.csv",
)
@click.argument("table", type=click.Path(path_type=Path, dir_okay=False))
@_files
def export(*, table: Path, record: Path | None, path: Path | None) -> None:
    """Write the plan as CSV, for a spreadsheet or a tracker: a row per project and vulnerability.

    With a record of a survey, a column says what it found. Looks, accepted gaps and measures are not in it.
    """
    from avow.planning.table import render_table  # noqa: PLC0415  only here

    here = _Here(path, record)
    if table.exists():
        raise InputInvalid(
            f"{table} exists; it is not replaced",
            location=str(table),
            hint="it may have changes that are not imported yet; move it away, or choose another name",
        )
    found = here.states if record is not None or here.has_record else []
    write_atomically(table, map(str.encode, render_table(here.plan, found)))
    say(f"{table}: {count(len(here.plan.upstreams), 'upstream project')} written")


@plan.command(
    "import",
    cls=Command,
    short_help="Take changes back from a table.",
    epilog="Example: avow plan import plan.csv",
)
@click.argument("table", type=EXISTING_FILE)
@_plan_file
def import_(*, table: Path, path: Path | None) -> None:
    """Change the plan where cells of a table that avow plan export wrote have another value.

    An empty cell changes nothing, and the rest of the file stays as it is. If anything in the table can't be
    used, nothing is changed.
    """
    from avow.planning.table import with_table  # noqa: PLC0415  only here

    here = _Here(path)
    content = read_bounded(table, max_bytes=MAX_PLAN_BYTES * 8)
    made = with_table(here.text, here.plan, content, source=str(table))
    try:
        read_plan(made.text.encode(), source=str(here.path), now=here.now)
    except InputInvalid as error:
        raise InputInvalid(
            f"{here.path} could not be used with the values of {table}",
            problems=tuple(
                Problem(str(table), made.row_at(each.line), 1, each.message, each.fix)
                for each in error.problems
            ),
            location=str(table),
            hint="correct these rows; nothing was changed",
        ) from error
    if made.text != here.text:
        write_atomically(here.path, made.text.encode())
    for line in _first_of(made.changes):
        say(f"  {line}")
    say(f"{here.path}: {count(len(made.changes), 'value')} changed")


@plan.command(
    "ask",
    cls=Command,
    short_help="Draft notes to upstream projects; none is sent.",
    epilog="Example: avow plan ask notes",
)
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@_files
@click.option("--again", is_flag=True, help="Also for projects that the plan says were asked before.")
def ask(*, directory: Path, record: Path | None, path: Path | None, again: bool) -> None:
    """Draft one note for each upstream project into DIRECTORY: what was found, and at most three questions.

    Nothing is sent. Read each note, change it, and send it yourself; then write under `asked` in the plan
    when you did. A file that is there already is not replaced.
    """
    from avow.planning.notes import notes  # noqa: PLC0415  only here

    here = _Here(path, record, required=False)
    made = here.record
    keys = {each.id: each.key for each in made.upstreams}
    own = [each for each in made.declarations if each.upstream in keys and each.kind in _OWN_WORDS]
    drafts = notes(
        here.states,
        requests={keys[each.upstream]: each.requests for each in own if each.requests},
        spoken=frozenset(keys[each.upstream] for each in own),
        again=again,
    )
    written = kept = 0
    for draft in drafts:
        file = directory / draft.file_name
        if file.exists():
            kept += 1
            continue
        write_atomically(file, draft.text.encode())
        written += 1
    say(
        f"{directory}: {count(written, 'note')} written{f', {kept} already there' if kept else ''}; none sent"
    )
    if written:
        say("Next: read and send them, then write asked: [{date: ...}] beside each project in the plan")


@plan.command(
    "observations",
    cls=Command,
    short_help="Write what avow verify --observations reads.",
    epilog="Example: avow plan observations own.yaml",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_files
def observations(*, file: Path, record: Path | None, path: Path | None) -> None:
    """Write the looks, accepted gaps and measures of the plan to FILE, for avow verify --observations.

    Each is written once for every component of its project that the record has. Change the plan, not FILE.
    """
    from avow.planning.observations import render_observations  # noqa: PLC0415  only here

    here = _Here(path, record)
    made = render_observations(here.plan, here.record)
    for line in made.left_out[:SHOWN]:
        say(f"left out: {line}")
    if len(made.left_out) > SHOWN:
        say(f"left out: {len(made.left_out) - SHOWN} more")
    if not made.entries:
        raise InputInvalid(
            "nothing in the plan says anything about practices of these components",
            hint="write looks, acceptedGaps or measures beside an upstream project; see docs/plan.md",
        )
    write_atomically(file, made.text.encode())
    say(f"{file}: {count(made.entries, 'entry', 'entries')} written")


_OWN_WORDS: Final = frozenset({"declaration", "security-insights"})
"""Kinds of what is in hand by which a project speaks for itself."""


def _missing(state: ProjectState) -> str:
    names = ", ".join(each.vulnerability.key for each in state.undecided[:SHOWN])
    return f"{state.upstream.label}: {names}"


def _show(title: str, lines: list[str]) -> None:
    if not lines:
        return
    click.echo(f"{title}: {len(lines)}")
    for line in _first_of(lines):
        click.echo(printable(f"  {line}"))


def _first_of(lines: Sequence[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"and {more} more"] if more > 0 else [])]
