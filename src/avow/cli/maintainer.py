"""Commands of the people who maintain: init, check, practices, attest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from avow.catalogue import Catalogue, load_catalogue
from avow.cli import fault_lines
from avow.cli.asking import Terminal, somebody_is_there
from avow.declaration import Declaration, parse_declaration
from avow.domain import latest_date_on_earth, printable
from avow.errors import EXIT_INPUT, EXIT_SATISFIED, InputInvalid
from avow.stores import read_bounded, require_writable, write_atomically

if TYPE_CHECKING:
    from avow.attest import Prepared
    from avow.draft import Draft
    from avow.transparency.signing import Credential, SigningService

MAX_DECLARATION_BYTES: Final = 1024 * 1024
MAX_TRUST_CONFIG_BYTES: Final = 1024 * 1024
DEFAULT_DECLARATION: Final = Path("avow.yaml")
EXISTING_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
SHOWN_QUESTIONS: Final = 3
"""A draft is told in a screenful; the file holds the rest."""

SHOWN_LEFT_OUT: Final = 12
"""See SHOWN_QUESTIONS; one file may hold hundreds of things that can't be used."""

SHOWN_ARTEFACTS: Final = 10
"""Further ones are counted."""


@click.command()
@click.option(
    "--from",
    "files",
    type=EXISTING_FILE,
    multiple=True,
    help="Read this file too; also outside a checkout.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_DECLARATION,
    help="Where the draft goes. Default: avow.yaml.",
)
@click.option(
    "--compliance-md",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write an unsigned page that answers questionnaires.",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
def init(*, files: tuple[Path, ...], output: Path, compliance_md: Path | None, force: bool) -> None:
    """Draft avow.yaml from the checkout you stand in and from files you name.

    Reads Security Insights, Scorecard results, ORC's light template, security.txt and the repository's own
    files. Every entry says where it came from and carries `draft: true`: read it, remove that, and write
    reviewedAt. At a terminal it asks what manufacturers ask most; Enter skips a question. Nothing is signed.
    """
    now = datetime.now(UTC)
    _require_free(tuple(path for path in (output, compliance_md) if path), force=force)
    from avow.checkout import open_checkout  # noqa: PLC0415  only here
    from avow.draft import draft  # noqa: PLC0415  only here
    from avow.evidence.found import MAX_SOURCE_BYTES, Document  # noqa: PLC0415  only here

    checkout = open_checkout(Path())
    documents = [
        Document(path=str(path), data=read_bounded(path, max_bytes=MAX_SOURCE_BYTES)) for path in files
    ]
    catalogue = load_catalogue()
    drafted = draft(
        checkout if checkout.has_git or not files else None,
        documents,
        catalogue=catalogue,
        today=now.date(),
        asker=Terminal(catalogue) if somebody_is_there() else None,
    )
    write_atomically(output, drafted.declaration.encode())
    if compliance_md:
        write_atomically(compliance_md, drafted.compliance.encode())
    _tell_draft(drafted, output=output, compliance_md=compliance_md)


def _require_free(paths: tuple[Path, ...], *, force: bool) -> None:
    """Each of `paths` can be written and replaces nothing unasked; known before anybody answers questions."""
    taken = [str(path) for path in paths if path.exists() and not force]
    if taken:
        raise InputInvalid(
            f"{' and '.join(taken)} would be overwritten", hint="pass --force, or --output elsewhere"
        )
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputInvalid("the declaration and the page for people can't be one file")
    for path in paths:
        require_writable(path)


def _tell_draft(drafted: Draft, *, output: Path, compliance_md: Path | None) -> None:
    _say(f"Read {_count(len(drafted.sources), 'source')}: {', '.join(drafted.sources)}")
    _say(
        f"Drafted {drafted.drafted_of_asked} of the {drafted.asked} most asked practices, "
        f"{drafted.drafted} in all, {drafted.with_evidence} with evidence.  Nothing is signed."
    )
    for left_out in drafted.left_out[:SHOWN_LEFT_OUT]:
        _say(f"Left out  {left_out.origin}  {left_out.why}")
    if len(drafted.left_out) > SHOWN_LEFT_OUT:
        _say(f"Left out  {len(drafted.left_out) - SHOWN_LEFT_OUT} more")
    if drafted.questions:
        _say("Still open, what manufacturers ask first:")
    for question in drafted.questions[:SHOWN_QUESTIONS]:
        _say(f"  {question.practice}  {question.text}")
    if len(drafted.questions) > SHOWN_QUESTIONS:
        _say(f"  and {len(drafted.questions) - SHOWN_QUESTIONS} more, each in its place in {output}")
    written = f"{output} and {compliance_md} (unsigned)" if compliance_md else str(output)
    checked = "" if output == DEFAULT_DECLARATION else f" {output}"
    _say(f"Wrote {written}.  Next: read every draft, then avow check{checked}")


def _say(line: str) -> None:
    """One line for people, on standard error; every text in it is made printable."""
    click.echo(printable(line), err=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=DEFAULT_DECLARATION)
def check(*, file: Path) -> int:
    """Check the declaration in FILE (default: avow.yaml).

    Every fault is told at once, as file:line:column with its fix. Drafts and unanswered practices are
    remarks: an honest declaration may have both. Exit 0 when it is well-formed, 2 otherwise.
    """
    catalogue = load_catalogue()
    try:
        declaration = _read(file, catalogue=catalogue, now=datetime.now(UTC))
    except InputInvalid as error:
        if not error.faults:
            raise
        for line in fault_lines(error.faults):
            click.echo(line)
        click.echo(f"{_count(len(error.faults), 'fault')}.")
        return EXIT_INPUT
    _tell_remarks(declaration, file)
    drafts = sum(practice.draft for practice in declaration.practices)
    declared = _count(len(declaration.practices), "practice")
    click.echo(printable(f"{file}: well-formed; {declared}{f', {drafts} not read yet' if drafts else ''}."))
    if drafts:
        _say("next: read each draft, correct it, add reviewedAt with today's date, remove draft: true")
    return EXIT_SATISFIED


def _tell_remarks(declaration: Declaration, file: Path) -> None:
    """One line for each practice that was begun, one for all that were not."""
    begun = {practice.id: practice for practice in declaration.practices}
    said: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    unanswered: dict[str, None] = {}
    for remark in declaration.remarks:
        practice = begun.get(remark.practice)
        if practice is None and remark.practice:
            unanswered[remark.practice] = None
            continue
        about_draft = practice is not None and practice.draft and remark.line == practice.line
        said.setdefault(remark.practice, []).append("draft" if about_draft else remark.message)
        lines.setdefault(remark.practice, remark.line)
    for name, messages in said.items():
        place = f"{file}:{lines[name]}" if lines[name] else str(file)
        _say("  ".join(part for part in (place, name, "; ".join(messages)) if part))
    if unanswered:
        _say(f"unanswered, so unknown: {', '.join(unanswered)}  (avow practices ID explains one)")


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
    from avow.cli.explanation import explain  # noqa: PLC0415  only here

    click.echo(click.style(f"{found.id}  {found.title}", bold=True))
    for line in explain(found, catalogue, today=datetime.now(UTC).date()):
        click.echo(line)


@click.command()
@click.argument("artefacts", metavar="ARTEFACT...", nargs=-1, required=True)
@click.option("--release", metavar="VERSION", required=True, help="The version that the artefacts are.")
@click.option("--declaration", type=EXISTING_FILE, default=DEFAULT_DECLARATION, help="Default: avow.yaml.")
@click.option("--trust-config", type=EXISTING_FILE, help="Another Sigstore instance than public good.")
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
    if identity_token == "":
        raise InputInvalid("the identity token is empty", location="--identity-token")
    from avow import attest as pipeline  # noqa: PLC0415  imports sigstore, which costs half a second
    from avow.checkout import open_checkout  # noqa: PLC0415  only here
    from avow.transparency import open_backend  # noqa: PLC0415  see above
    from avow.transparency.signing import Credential, ambient_credential  # noqa: PLC0415  see above

    commit = open_checkout(declaration.parent).commit

    def prepare(credential: Credential | None) -> Prepared:
        return pipeline.prepare(
            declared,
            artefacts,
            source=str(declaration),
            base=declaration.parent,
            release=release,
            commit=commit,
            credential=credential,
            catalogue=catalogue,
            now=now,
        )

    prepared = prepare(None)  # all faults of the user's own files come before anybody signs in
    pipeline.require_writable(prepared, output_directory, overwrite=overwrite)
    service = _service(trust_config, rekor_version=int(rekor_version) if rekor_version else None)
    token = identity_token or ambient_credential()
    attended = token is None and not yes
    if attended and not somebody_is_there():
        raise InputInvalid(
            "nobody is there to say yes, and this is no CI job with an identity of its own",
            hint="give --identity-token, or --yes to sign in with a browser and sign without being asked",
        )
    credential = Credential.of(token or service.browser_credential())
    prepared = prepare(credential)
    _show_before_signing(prepared, credential, declared, release=release)
    if attended and not click.confirm(
        "This identity becomes public, for ever, in a transparency log. Sign?", err=True
    ):
        raise InputInvalid("nothing was signed", hint="answer y to sign")
    backend = open_backend(service.trusted_root, now=datetime.now(UTC))
    try:
        bundle = pipeline.sign(prepared, service=service, credential=credential, backend=backend)
    except KeyboardInterrupt:
        _say("no bundle was written, but the log may already hold an entry that shows your identity")
        raise
    path = pipeline.publish(prepared, bundle, directory=output_directory)
    beside = f", and {pipeline.EVIDENCE_DIRECTORY}/ with it," if prepared.evidence else ""
    _say(f"signed; next: publish this bundle{beside} beside the release")
    click.echo(printable(str(path)))


def _service(trust_config: Path | None, *, rekor_version: int | None) -> SigningService:
    from avow.transparency.signing import SigningService  # noqa: PLC0415  imports sigstore, half a second

    if trust_config is None:
        return SigningService.public_good(rekor_version=rekor_version)
    content = read_bounded(trust_config, max_bytes=MAX_TRUST_CONFIG_BYTES)
    return SigningService.from_trust_config(content, rekor_version=rekor_version, location=str(trust_config))


def _show_before_signing(
    prepared: Prepared, credential: Credential, declared: Declaration, *, release: str
) -> None:
    """Who signs what: a person reads it before saying yes, and a log of a CI job keeps it."""
    _say(f"signing as  {credential.identity}  ({credential.issuer})")
    _say(
        f"release     {declared.project.name} {release}: {_count(len(declared.practices), 'practice')}, "
        f"{_count(len(prepared.evidence), 'evidence file')}"
    )
    for subject in prepared.subjects[:SHOWN_ARTEFACTS]:
        _say(f"about       {subject.name}")
    if len(prepared.subjects) > SHOWN_ARTEFACTS:
        _say(f"            and {len(prepared.subjects) - SHOWN_ARTEFACTS} more")
