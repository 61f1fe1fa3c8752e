"""`avow check` checks a declaration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from avow.catalogue.practices import load_catalogue
from avow.cli import problem_lines
from avow.cli.options import DEFAULT_DECLARATION, Command
from avow.cli.reviews import old_reviews
from avow.cli.terminal import count, say
from avow.declaration.avow_yaml import Declaration
from avow.errors import EXIT_INPUT, EXIT_SATISFIED, InputInvalid
from avow.files import read_bounded
from avow.resolve import read_declaration
from avow.stores.evidence import MAX_EVIDENCE_BYTES
from avow.values import printable


@click.command(cls=Command, epilog="Example: avow check avow.yaml")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=DEFAULT_DECLARATION)
def check(*, file: Path) -> int:
    """Check the declaration in FILE (default: avow.yaml).

    Reports all errors at once, each as file:line:column with its fix. Drafts and unanswered practices are
    notes, not errors: a practice may stay unanswered, and `avow attest` refuses drafts. So are evidence files
    that can't be read, which `avow attest` needs, implemented practices that show no evidence, and reviews
    that are too old for a profile. Exits with 0 if the file is well-formed, otherwise with 2.
    """
    now = datetime.now(UTC)
    try:
        declaration = read_declaration(file, now=now)
    except InputInvalid as error:
        if not error.problems:
            raise
        for line in problem_lines(error.problems):
            click.echo(line)
        click.echo(f"{count(len(error.problems), 'error')}.")
        return EXIT_INPUT
    _report_notes(declaration, file)
    _report_evidence(declaration, file)
    for line in old_reviews(declaration, today=now.date()):
        say(line)
    drafts = sum(practice.draft for practice in declaration.practices)
    declared = count(len(declaration.practices), "practice")
    drafted = f" ({count(drafts, 'draft')} to review)" if drafts else ""
    click.echo(printable(f"{file}: well-formed; {declared}{drafted}."))
    if drafts:
        say("next: read each draft, correct it, set status, add reviewedAt with the day, remove draft: true")
    return EXIT_SATISFIED


def _report_evidence(declaration: Declaration, file: Path) -> None:
    """Files that can't be read, which may only be built with the release, and claims without any."""
    for practice in declaration.practices:
        for item in practice.evidence:
            if item.kind == "url":
                continue
            try:
                read_bounded(file.parent / item.target, max_bytes=MAX_EVIDENCE_BYTES)
            except InputInvalid as error:
                say(f"{file}:{item.line}  {practice.id}  {error.message}; avow attest needs it")
    bare = [
        each.id
        for each in declaration.practices
        if each.status == "implemented" and not (each.evidence or each.draft)
    ]
    if bare:
        say(f"{count(len(bare), 'practice')} implemented without evidence, so only the word counts:")
        for group, title in load_catalogue().groups.items():
            if listed := [name for name in bare if name.startswith(f"{group}-")]:
                say(f"  {title}: {', '.join(listed)}")


def _report_notes(declaration: Declaration, file: Path) -> None:
    """One line for each practice in the file that has notes, then a list of the unanswered ones."""
    present = {practice.id: practice for practice in declaration.practices}
    said: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    unanswered: dict[str, None] = {}
    for note in declaration.notes:
        practice = present.get(note.practice)
        if practice is None and note.practice:
            unanswered[note.practice] = None
            continue
        about_draft = practice is not None and practice.draft and note.line == practice.line
        said.setdefault(note.practice, []).append("draft" if about_draft else note.message)
        lines.setdefault(note.practice, note.line)
    for name, messages in said.items():
        place = f"{file}:{lines[name]}" if lines[name] else str(file)
        say("  ".join(part for part in (place, name, "; ".join(messages)) if part))
    if unanswered:
        say(
            f"{count(len(unanswered), 'practice')} not answered, so unknown (avow practices ID explains one):"
        )
    for practice_id in unanswered:
        described = load_catalogue().practice(practice_id)
        say(f"  {practice_id}  {described.title if described else ''}".rstrip())
