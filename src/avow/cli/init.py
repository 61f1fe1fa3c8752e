"""`avow init` drafts a declaration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from avow.catalogue.practices import load_catalogue
from avow.cli.options import DEFAULT_DECLARATION, EXISTING_FILE, Command
from avow.cli.terminal import Terminal, count, is_interactive, say
from avow.errors import InputInvalid
from avow.files import read_bounded, require_writable, write_atomically

if TYPE_CHECKING:
    from avow.drafting.draft import Draft

SHOWN_QUESTIONS: Final = 3
"""The summary fits on one screen; the file contains the rest."""

SHOWN_LEFT_OUT: Final = 12
"""See SHOWN_QUESTIONS; one file may contain hundreds of values that can't be used."""


@click.command(cls=Command, epilog="Example: avow init --compliance-md COMPLIANCE.md")
@click.option(
    "--from",
    "files",
    type=EXISTING_FILE,
    multiple=True,
    help="Also read this file; it need not be in the checkout. Repeatable.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_DECLARATION,
    help="Write the draft to this file. Default: avow.yaml.",
)
@click.option(
    "--compliance-md",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write an unsigned page that answers questionnaires to this file.",
)
@click.option(
    "--relationship",
    metavar="WORD",
    help="What you are to the project: maintainer, contributor, steward, ... Default: you fill it in.",
)
@click.option("--force", is_flag=True, help="Replace existing files.")
def init(
    *,
    files: tuple[Path, ...],
    output: Path,
    compliance_md: Path | None,
    relationship: str | None,
    force: bool,
) -> None:
    """Draft avow.yaml from the checkout in the current directory and from given files.

    Reads Security Insights, Scorecard results, ORC's light template, security.txt and the repository's own
    files. Every entry says where it comes from and is a draft: correct it, set status, add reviewedAt with
    today's date, and remove draft: true. At a terminal, it asks about the practices that questionnaires
    usually contain; Enter skips a question. Nothing is signed.
    """
    now = datetime.now(UTC)
    catalogue = load_catalogue()
    words = catalogue.vocabularies["relationship"]
    if relationship is not None and relationship not in words:
        raise InputInvalid(
            f"unknown relationship: {relationship}",
            hint=f"use one of {', '.join(words)}",
            location="--relationship",
        )
    _require_free(tuple(path for path in (output, compliance_md) if path), force=force)
    from avow.drafting.checkout import open_checkout  # noqa: PLC0415  only here
    from avow.drafting.draft import draft  # noqa: PLC0415  only here
    from avow.drafting.found import MAX_SOURCE_BYTES, Document  # noqa: PLC0415  only here

    checkout = open_checkout(Path())
    documents = [
        Document(path=str(path), data=read_bounded(path, max_bytes=MAX_SOURCE_BYTES)) for path in files
    ]
    drafted = draft(
        checkout if checkout.has_git or not files else None,
        documents,
        catalogue=catalogue,
        today=now.date(),
        asker=Terminal(catalogue) if is_interactive() else None,
        relationship=relationship,
    )
    write_atomically(output, drafted.declaration.encode())
    if compliance_md:
        write_atomically(compliance_md, drafted.compliance.encode())
    _report_draft(drafted, output=output, compliance_md=compliance_md)


def _require_free(paths: tuple[Path, ...], *, force: bool) -> None:
    """Each of `paths` can be written without replacing a file; checked before any question is asked."""
    taken = [str(path) for path in paths if path.exists() and not force]
    if taken:
        raise InputInvalid(
            f"{' and '.join(taken)} would be overwritten",
            hint="choose other paths with --output and --compliance-md, or replace with --force",
        )
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputInvalid(
            "--output and --compliance-md name the same file", hint="choose another path for one of them"
        )
    for path in paths:
        require_writable(path)


def _report_draft(drafted: Draft, *, output: Path, compliance_md: Path | None) -> None:
    say(f"Read {count(len(drafted.sources), 'source')}: {', '.join(drafted.sources)}")
    say(
        f"Drafted {count(drafted.drafted, 'practice')}, {drafted.with_evidence} with evidence; "
        f"{drafted.drafted_of_asked} of the {drafted.asked} that are asked first.  "
        "Nothing is signed."
    )
    for left_out in drafted.left_out[:SHOWN_LEFT_OUT]:
        say(f"Left out  {left_out.origin}  {left_out.why}")
    if len(drafted.left_out) > SHOWN_LEFT_OUT:
        say(f"Left out  {count(len(drafted.left_out) - SHOWN_LEFT_OUT, 'more item')}")
    if drafted.questions:
        say("Still open, of those that are asked first:")
    for question in drafted.questions[:SHOWN_QUESTIONS]:
        say(f"  {question.practice}  {question.text}")
    if len(drafted.questions) > SHOWN_QUESTIONS:
        say(f"  and {len(drafted.questions) - SHOWN_QUESTIONS} more, marked in {output}")
    written = f"{output} and {compliance_md} (unsigned)" if compliance_md else str(output)
    checked = "" if output == DEFAULT_DECLARATION else f" {output}"
    todo = (
        "read and correct every draft"
        if drafted.relationship
        else "fill in relationship, read and correct every draft"
    )
    say(f"Wrote {written}.  Next: {todo}, then run avow check{checked}")
