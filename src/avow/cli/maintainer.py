"""Commands of the people who maintain: init, check, practices, attest."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from avow.catalogue import Catalogue, Practice, load_catalogue
from avow.cli import fault_line
from avow.declaration import Declaration, parse_declaration
from avow.domain import latest_date_on_earth, printable
from avow.errors import EXIT_INPUT, EXIT_SATISFIED, InputInvalid
from avow.stores import read_bounded, write_atomically

if TYPE_CHECKING:
    from avow.draft import Draft, Question

MAX_DECLARATION_BYTES: Final = 1024 * 1024
DEFAULT_DECLARATION: Final = Path("avow.yaml")
EXISTING_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
SHOWN_QUESTIONS: Final = 3
"""A draft is told in a screenful; the file holds the rest."""

_PLURAL: Final = {1: "fault"}


@click.command()
@click.option(
    "--from", "files", type=EXISTING_FILE, multiple=True, help="Also read this file; works outside a checkout."
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=DEFAULT_DECLARATION)
@click.option("--compliance-md", type=click.Path(path_type=Path, dir_okay=False), help="An unsigned page to paste.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def init(*, files: tuple[Path, ...], output: Path, compliance_md: Path | None, force: bool) -> None:
    """Draft avow.yaml from the checkout you stand in and from files you name.

    Reads Security Insights, Scorecard results, ORC's light template, security.txt and the repository's own
    files. Every entry says where it came from and carries `draft: true`: read it, remove that, and write
    reviewedAt. At a terminal the questions that manufacturers ask most follow; Enter skips one. Nothing is signed.
    """
    now = datetime.now(UTC)
    taken = [str(path) for path in (output, compliance_md) if path and path.exists() and not force]
    if taken:
        raise InputInvalid(f"{' and '.join(taken)} would be overwritten", hint="pass --force, or --output elsewhere")
    from avow.checkout import open_checkout  # noqa: PLC0415  only here
    from avow.draft import draft  # noqa: PLC0415  only here
    from avow.evidence.found import MAX_SOURCE_BYTES, Document  # noqa: PLC0415  only here

    checkout = open_checkout(Path())
    documents = [
        Document(path=str(path), data=read_bounded(path, max_bytes=MAX_SOURCE_BYTES)) for path in files
    ]
    drafted = draft(
        checkout if checkout.has_git or not files else None,
        documents,
        catalogue=load_catalogue(),
        today=now.date(),
        asker=_Terminal() if sys.stdin.isatty() and sys.stderr.isatty() else None,
    )
    write_atomically(output, drafted.declaration.encode())
    if compliance_md:
        write_atomically(compliance_md, drafted.compliance.encode())
    _tell_draft(drafted, output=output, compliance_md=compliance_md)


class _Terminal:
    """Asks at the terminal; Enter skips."""

    def ask(self, question: Question, *, problem: str) -> str | None:
        """The answer as typed, or None."""
        if problem:
            click.echo(f"  {printable(problem)}", err=True)
        lead = f"{question.practice}  " if question.practice else ""
        choices = f" ({', '.join(question.choices)})" if question.choices else ""
        answer: str = click.prompt(
            printable(f"{lead}{question.text}{choices}"), default="", show_default=False, err=True
        )
        return answer.strip() or None


def _tell_draft(drafted: Draft, *, output: Path, compliance_md: Path | None) -> None:
    count = len(drafted.sources)
    click.echo(f"Read {count} source{'s' if count != 1 else ''}: {printable(', '.join(drafted.sources))}", err=True)
    click.echo(
        f"Drafted {drafted.drafted_of_asked} of the {drafted.asked} most asked practices, {drafted.drafted} in all, "
        f"{drafted.with_evidence} with evidence.  Nothing is signed.",
        err=True,
    )
    for left_out in drafted.left_out:
        click.echo(printable(f"Left out  {left_out.origin}  {left_out.why}"), err=True)
    if drafted.questions:
        click.echo("Still open, what manufacturers ask first:", err=True)
    for question in drafted.questions[:SHOWN_QUESTIONS]:
        click.echo(printable(f"  {question.practice}  {question.text}"), err=True)
    if len(drafted.questions) > SHOWN_QUESTIONS:
        click.echo(f"  and {len(drafted.questions) - SHOWN_QUESTIONS} more, each in its place in {output}", err=True)
    written = f"{output} and {compliance_md} (unsigned)" if compliance_md else str(output)
    click.echo(f"Wrote {written}.  Next: read every draft, then avow check", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=DEFAULT_DECLARATION)
def check(*, file: Path) -> int:
    """Check the declaration in FILE (default: avow.yaml).

    Every fault is told at once, as file:line:column with its fix. Drafts and unanswered practices are
    remarks: an honest declaration may have both. Exit 0 when it is well-formed, 2 otherwise.
    """
    try:
        declaration = _read(file, catalogue=load_catalogue(), now=datetime.now(UTC))
    except InputInvalid as error:
        if not error.faults:
            raise
        for fault in error.faults:
            click.echo(printable(fault_line(fault)))
        click.echo(f"{len(error.faults)} {_PLURAL.get(len(error.faults), 'faults')}.")
        return EXIT_INPUT
    for remark in declaration.remarks:
        place = f"{file}:{remark.line}" if remark.line else str(file)
        click.echo(printable(f"{place}  {remark.practice}  {remark.message}"), err=True)
    drafts = sum(practice.draft for practice in declaration.practices)
    said = f"{len(declaration.practices)} practices said"
    click.echo(f"{file}: well-formed; {said}{f', {drafts} of them drafts that nobody has read' if drafts else ''}.")
    return EXIT_SATISFIED


def _read(path: Path, *, catalogue: Catalogue, now: datetime) -> Declaration:
    return parse_declaration(
        read_bounded(path, max_bytes=MAX_DECLARATION_BYTES),
        source=str(path),
        catalogue=catalogue,
        today=latest_date_on_earth(now),
    )


@click.command()
@click.argument("practice_id", metavar="[ID]", required=False)
def practices(*, practice_id: str | None) -> None:
    """List the practices of the catalogue, or explain the one called ID."""
    catalogue = load_catalogue()
    if practice_id is None:
        for group, title in catalogue.groups.items():
            click.echo(click.style(f"{group}  {title}", bold=True))
            for practice in catalogue.practices:
                if practice.group == group:
                    click.echo(f"  {practice.id}  {practice.title}")
        return
    found = catalogue.practice(practice_id.upper())
    if found is None:
        near = catalogue.nearest(practice_id)
        raise InputInvalid(
            f"there is no practice {practice_id}",
            hint=f"did you mean {near}?" if near else "avow practices lists them",
        )
    _explain(found, catalogue)


def _explain(practice: Practice, catalogue: Catalogue) -> None:
    click.echo(click.style(f"{practice.id}  {practice.title}", bold=True))
    click.echo(f"  {practice.question}")
    if practice.is_observation:
        click.echo(f"\n  An observation: it has facts and no status. {practice.observe_by}")
    else:
        click.echo(f'\n  "implemented" means: {practice.implemented_means}')
    click.echo("\n  facts")
    for name, fact in practice.facts.items():
        choices = f" ({', '.join(fact.values)})" if fact.values else ""
        click.echo(f"    {name}: {fact.type}{choices}  {fact.description}")
    if practice.implemented_when:
        click.echo('  "implemented" needs')
        for condition in practice.implemented_when:
            click.echo(f"    {condition.fact} {condition.op} {' or '.join(map(str, condition.allowed))}".rstrip())
        if practice.or_implemented_when:
            click.echo("  or")
            for condition in practice.or_implemented_when:
                allowed = " or ".join(map(str, condition.allowed))
                click.echo(f"    {condition.fact} {condition.op} {allowed}".rstrip())
    if practice.not_applicable_reasons:
        click.echo(f"  notApplicable counts for: {', '.join(practice.not_applicable_reasons)}")
    click.echo(f"  helps an integrator with: {', '.join(catalogue.citations(practice))}")
    for reference in practice.cross_references:
        click.echo(f"  {reference.relation} {reference.source} {reference.id}")


@click.command()
@click.argument("artefacts", metavar="ARTEFACT...", nargs=-1, required=True)
@click.option("--release", metavar="VERSION", required=True, help="The version that the artefacts are.")
@click.option("--declaration", type=EXISTING_FILE, default=DEFAULT_DECLARATION, help="Default: avow.yaml.")
@click.option("--trust-config", type=EXISTING_FILE, help="A Sigstore instance of your own. Default: public good.")
@click.option("--identity-token", metavar="TOKEN", help="An OIDC token; default: CI's, else the browser.")
@click.option("--rekor-version", type=click.Choice(["1", "2"]), help="Log version. Default: as configured.")
@click.option(
    "--output-directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where bundle and evidence go. Default: here.",
)
@click.option("--overwrite", is_flag=True, help="Replace a bundle of the same name.")
@click.option("--yes", "-y", is_flag=True, help="Sign without asking, also from a terminal.")
def attest(
    *,
    artefacts: tuple[str, ...],
    release: str,
    declaration: Path,
    trust_config: Path | None,
    identity_token: str | None,
    rekor_version: str | None,
    output_directory: Path,
    overwrite: bool,
    yes: bool,
) -> None:
    """Sign the declaration for release artefacts: paths or globs.

    In CI the job's own identity signs. From a laptop your browser is asked, then the identity that becomes
    public for ever is shown, and nothing is signed before you say yes. Drafts are refused.
    """
    now = datetime.now(UTC)
    catalogue = load_catalogue()
    declared = _read(declaration, catalogue=catalogue, now=now)
    from avow import attest as pipeline  # noqa: PLC0415  imports sigstore, which costs half a second
    from avow.checkout import open_checkout  # noqa: PLC0415  only here
    from avow.transparency import open_backend  # noqa: PLC0415  see above
    from avow.transparency.signing import Credential, SigningService, ambient_credential  # noqa: PLC0415  see above

    def prepare(credential: Credential | None) -> pipeline.Prepared:
        return pipeline.prepare(
            declared,
            artefacts,
            source=str(declaration),
            base=declaration.parent,
            release=release,
            commit=open_checkout(declaration.parent).commit,
            credential=credential,
            catalogue=catalogue,
            now=now,
        )

    prepared = prepare(None)  # all faults of the user's own files come before anybody signs in
    pipeline.require_writable(prepared, output_directory, overwrite=overwrite)
    version = int(rekor_version) if rekor_version else None
    if trust_config:
        service = SigningService.from_trust_config(
            read_bounded(trust_config, max_bytes=MAX_DECLARATION_BYTES), rekor_version=version, location=str(trust_config)
        )
    else:
        service = SigningService.public_good(rekor_version=version)
    token = identity_token or ambient_credential()
    unattended = token is not None
    credential = Credential.of(token or service.browser_credential())
    click.echo(f"signing as  {printable(credential.identity)}  ({printable(credential.issuer)})", err=True)
    if not unattended and not yes:
        click.confirm("This identity becomes public, for ever, in a transparency log. Sign?", abort=True, err=True)
    prepared = prepare(credential)
    bundle = pipeline.sign(
        prepared, service=service, credential=credential, backend=open_backend(service.trusted_root, now=datetime.now(UTC))
    )
    path = pipeline.publish(prepared, bundle, directory=output_directory)
    for subject in prepared.subjects:
        click.echo(f"about       {printable(subject.name)}", err=True)
    click.echo(f"evidence    {len(prepared.evidence)} files in {output_directory / pipeline.EVIDENCE_DIRECTORY}", err=True)
    click.echo(str(path))
