"""`avow embed`: write pointers to declarations, and mirrors of their facts, into an SBOM."""

from __future__ import annotations

import json
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import click

from avow.catalogue.practices import load_catalogue
from avow.cli.options import DEFAULT_DECLARATION, EXISTING_FILE, Command, StoreLocation
from avow.cli.signers import given_signer_options, session_of_signer, signer_options
from avow.cli.terminal import count, say
from avow.declaration.avow_yaml import note_drafts
from avow.errors import InputInvalid, Problems
from avow.files import inputs_protected, read_bounded, write_atomically
from avow.formats.json_document import MAX_BYTES
from avow.formats.json_edit import edited
from avow.formats.purl import parse_purl, read_purl
from avow.resolve import read_declaration
from avow.sbom import fields, read_sbom
from avow.sbom.declarations import require_declarations, write_declarations
from avow.sbom.embedding import embed as write_into
from avow.sbom.fields import Declared, EmbeddableSbom, Written
from avow.sbom.packages import package_key, stated_purl
from avow.sbom.pointers import SbomMirror, SbomPointer, mirrors, pointers
from avow.statement.predicate import MOMENT_PATTERN, Evidence, PracticeEntry, Predicate, Resource
from avow.values import nearest, printable, utc_text

if TYPE_CHECKING:
    from avow.declaration.avow_yaml import Declaration, DeclaredEvidence, DeclaredPractice
    from avow.results import Attestation
    from avow.sbom.inventory import Entry, Inventory
    from avow.verification.components import AttestedComponent

_URL: Final = re.compile(r"https?://(?![^/?#]*@)[A-Za-z0-9._~\[\]:-]+/[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]*")
"""An address that every format takes as a URL, and without a password in it."""

MAX_URL_CHARACTERS: Final = 2000
SHOWN: Final = 10
"""Components that are listed one by one; the others are counted."""

_EXAMPLE_NAME: Final = "acmelib-2.4.1.practices.sigstore.json"
_EXAMPLE_URL: Final = f"--url https://acme.example/releases/{_EXAMPLE_NAME}"


@dataclass(frozen=True, slots=True)
class _Task:
    """What is written into one component, and what a person has to know about it."""

    entry: Entry
    declared: tuple[Declared, ...]
    notes: tuple[str, ...] = ()


@click.command(
    cls=Command,
    epilog="Example: avow embed product.cdx.json --bundle acme.sigstore.json --policy policy.yaml --in-place",
)
@click.argument("sbom", type=EXISTING_FILE)
@click.option(
    "--bundle",
    "bundles",
    type=StoreLocation(),
    multiple=True,
    metavar="PATH",
    help="A bundle in hand, or a directory of bundles; it is verified first. Repeatable: give all of a "
    "component in one run, because pointers to other bundles go.",
)
@click.option(
    "--declaration",
    type=EXISTING_FILE,
    help="Without a bundle: the project's own declaration. Default: avow.yaml.",
)
@click.option(
    "--component",
    metavar="PURL|REF",
    help="The component, by its purl or its identifier in SBOM. Default: by digest; without a bundle, what "
    "SBOM is about.",
)
@click.option(
    "--url",
    metavar="URL",
    help="Where the bundle is, or will be. With --bundle it may end with /; the file name follows then.",
)
@click.option(
    "--looked-at",
    metavar="TIME",
    help="When you last looked for a newer statement or a withdrawal, as 2026-11-20T12:00:00Z. CycloneDX.",
)
@click.option("--no-mirrors", is_flag=True, help="Write pointers alone; mirrors of an earlier run go.")
@click.option(
    "--declarations",
    is_flag=True,
    help="Also copy the whole declaration; the signed one prevails. Without it, a copy of an earlier run "
    "goes. CycloneDX 1.6 and later.",
)
@click.option(
    "--extract",
    is_flag=True,
    help="Write nothing; print what in SBOM is marked as a pointer or mirror, and its problems.",
)
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(["text", "json"]),
    help="Output format of --extract. Default: text.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the SBOM. Default, and -: standard output.",
)
@click.option("--in-place", is_flag=True, help="Replace SBOM itself.")
@signer_options
def embed(
    *,
    sbom: Path,
    bundles: tuple[str, ...],
    declaration: Path | None,
    component: str | None,
    url: str | None,
    looked_at: str | None,
    no_mirrors: bool,
    declarations: bool,
    extract: bool,
    format_: str | None,
    output: Path | None,
    in_place: bool,
    **signers: Any,
) -> None:
    """Write into SBOM where the declarations of its components are, and the facts that it has fields for.

    A manufacturer names bundles with --bundle and, as for avow verify, whose signature counts: what does not
    verify is not written. A project embeds before it signs, from avow.yaml, with the URL that its bundle will
    have. What an earlier run marked as its own is replaced; nothing else in SBOM changes. It is CycloneDX 1.5
    to 1.7 JSON, SPDX 2.3 JSON or SPDX 3.0 JSON-LD.
    """
    now = datetime.now(UTC)
    given = {
        "--bundle": bundles,
        "--declaration": declaration,
        "--component": component is not None,
        "--url": url is not None,
        "--looked-at": looked_at is not None,
        "--no-mirrors": no_mirrors,
        "--declarations": declarations,
        "--output": output,
        "--in-place": in_place,
    } | dict.fromkeys(given_signer_options(**signers), True)
    if extract:
        _refuse(given, beside="--extract, which writes nothing")
        _extract(sbom, as_json=format_ == "json")
        return
    if format_ is not None:
        raise InputInvalid("--format is the output format of --extract", hint="omit it, or add --extract")
    if in_place and output:
        raise InputInvalid("--in-place and --output exclude each other", hint="omit one of them")
    _require_url(url)
    if bundles:
        _refuse(given, "--declaration", beside="--bundle")
    else:
        _refuse(
            given,
            "--looked-at",
            *given_signer_options(**signers),
            beside="a declaration that is not signed yet; it is about a bundle in hand (--bundle)",
        )
    with _content(sbom, in_place=in_place) as content:
        document = fields.read_embeddable(content, source=str(sbom))
        if declarations:
            require_declarations(document)
        if looked_at is not None and document.form is not fields.Form.CYCLONEDX:
            raise InputInvalid(
                f"{sbom} is {document.form}, which has no field for --looked-at", hint="omit --looked-at"
            )
        inventory = read_sbom(content, source=str(sbom))
        chosen = None if component is None else _named(inventory, component)
        if bundles:
            tasks = _from_bundles(
                inventory,
                chosen,
                bundles=bundles,
                url=url,
                looked_at=_moment(looked_at, now=now),
                signers=signers,
                now=now,
            )
        else:
            tasks = _from_declaration(inventory, chosen, declaration or DEFAULT_DECLARATION, url=url, now=now)
        _write(
            document,
            content,
            tasks,
            mirrored=not no_mirrors,
            in_full=declarations,
            output=sbom if in_place else output,
            in_place=in_place,
        )
        if inventory.problems:
            say(
                f"note: {sbom} had {count(len(inventory.problems), 'problem')} before; nothing of that was "
                "changed. avow embed --extract lists them"
            )


def _refuse(given: dict[str, Any], *names: str, beside: str) -> None:
    """Refuse the options `names`, by default every one, if they are given.

    Raises:
        InputInvalid: with those that are.
    """
    found = [name for name in names or given if given.get(name)]
    if found:
        raise InputInvalid(
            f"{', '.join(found)} can't be combined with {beside}", hint=f"omit {' and '.join(found)}"
        )


@contextmanager
def _content(sbom: Path, *, in_place: bool) -> Iterator[bytes]:
    """The SBOM's bytes. Inside, no file that was read is replaced; the SBOM itself only if `in_place`."""
    before = read_bounded(sbom, max_bytes=MAX_BYTES) if in_place else None
    with inputs_protected():
        yield read_bounded(sbom, max_bytes=MAX_BYTES) if before is None else before


def _require_url(url: str | None) -> None:
    if url is None or (_URL.fullmatch(url) and len(url) <= MAX_URL_CHARACTERS):
        return
    raise InputInvalid(
        "--url is not an http or https address with a path",
        hint=f"write it with percent escapes, without spaces and without a password: {_EXAMPLE_URL}",
    )


def _moment(text: str | None, *, now: datetime) -> datetime | None:
    """The time that the user states.

    Raises:
        InputInvalid: it is not one, or in the future.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text) if re.fullmatch(MOMENT_PATTERN, text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise InputInvalid(
            f"--looked-at {text} is not a date and time in UTC", hint="write it like 2026-11-20T12:00:00Z"
        )
    if moment > now:
        raise InputInvalid(
            f"--looked-at {text} is in the future",
            hint=f"say when somebody looked; by this machine's clock it is {utc_text(now)}",
        )
    return moment


def _named(inventory: Inventory, component: str) -> Entry:
    """The one component with this purl or identifier.

    Raises:
        InputInvalid: there is none, or there are several.
    """
    entries = (*inventory.roots, *inventory.entries)
    names = _identifiers(entries)
    found = [each for each in entries if names[each.place] == component]
    if len(found) != 1:
        found = [
            each for each in entries if component in (each.purl, each.ref, each.place, *each.other_purls)
        ]
    if len(found) == 1:
        return found[0]
    if not found:
        similar = nearest(component, [name for each in entries for name in (each.purl, each.ref) if name])
        raise InputInvalid(
            f"{inventory.source} has no component {component}",
            location=inventory.source,
            hint=f"did you mean {similar}?" if similar else "name it by its purl, bom-ref, SPDXID or spdxId",
        )
    shown = ", ".join(names[each.place] for each in found[:SHOWN])
    raise InputInvalid(
        f"{inventory.source} has {len(found)} components {component}",
        location=inventory.source,
        hint=f"name one of them by its identifier: {shown}",
    )


def _identifiers(entries: Iterable[Entry]) -> dict[str, str]:
    """What names each component and no other, by its place: its identifier, else the place itself."""
    listed = list(entries)
    used = Counter(
        name for each in listed for name in {each.ref, each.place, each.purl, *each.other_purls} if name
    )
    return {
        each.place: next((name for name in (each.ref, each.place) if used[name] == 1), f"{each.place}#1")
        for each in listed
    }


# --- from bundles in hand


def _from_bundles(
    inventory: Inventory,
    chosen: Entry | None,
    *,
    bundles: tuple[str, ...],
    url: str | None,
    looked_at: datetime | None,
    signers: dict[str, Any],
    now: datetime,
) -> list[_Task]:
    """What is written about the components that verified statements are about.

    Raises:
        AvowError: no statement could be used, or a bundle's URL is not known.
        click.exceptions.Exit: after the report of why, with its exit code.
    """
    from avow.report.text import render_text  # noqa: PLC0415  imports sigstore: half a second
    from avow.stores import open_evidence, open_stores  # noqa: PLC0415  see above
    from avow.verification.components import attested_components  # noqa: PLC0415  see above

    found = attested_components(
        (*inventory.roots, *inventory.entries),
        named=chosen,
        session=session_of_signer(**signers, today=now.date()),
        stores=open_stores(bundles),
        evidence=open_evidence((), bundles=bundles),
        now=now,
    )
    report = found.report
    if not report.is_satisfied:
        for text in render_text(report):
            for line in text.splitlines():
                say(line)
        say("nothing was written")
        raise click.exceptions.Exit(report.exit_code)
    for rejection in report.run.rejections:
        say(f"refused: {rejection.location}: {rejection.message}")
    for note in report.run.insecure:
        say(f"INSECURE {note}")
    bundle_files = {each.location for one in found.components for each in one.attestations}
    if url is not None and not url.endswith("/") and len(bundle_files) > 1:
        raise InputInvalid(
            f"--url is the address of one bundle, and {len(bundle_files)} are about components of the SBOM",
            hint="give the address of their directory, with / at its end",
        )
    known = pointers(inventory)
    tasks = []
    for one in found.components:
        own = [each for each in known if each.place == one.entry.place and each.predicate_type]
        declared = tuple(
            _declared(each, url=url, known=own, looked_at=looked_at, now=now) for each in one.attestations
        )
        notes = [
            f"{Path(each.location).name}: signed by {each.signer}, sha256:{each.payload_sha256}"
            for each in one.attestations
        ]
        if not one.by_digest:
            notes.append(_said_by_the_user(one))
        notes += [
            f"{each.name} has expired; its facts are not mirrored" for each in declared if each.has_expired
        ]
        tasks.append(_Task(one.entry, declared, tuple(notes)))
    _require_own_addresses(each for task in tasks for each in task.declared)
    return tasks


def _said_by_the_user(one: AttestedComponent) -> str:
    """What nothing but the word of whoever runs the command shows."""
    about = {str(each): None for attestation in one.attestations for each in attestation.scope}
    package = one.component.text if one.component is not None else ", ".join(about)
    name = one.entry.purl or one.entry.name or one.entry.place
    if one.entry.purl:
        return f"you say that {name} is this artefact; SBOM has no digest of it that could be compared"
    package = package or "what the bundle is about"
    return f"you say that {name} is {package}; SBOM has neither purl nor digest of it to compare"


def _require_own_addresses(declared: Iterable[Declared]) -> None:
    """No two bundles are at one address.

    Raises:
        InputInvalid: two are.
    """
    known: dict[str, str] = {}
    for each in declared:
        if known.setdefault(each.url, each.bundle_sha256) != each.bundle_sha256:
            raise InputInvalid(
                f"two bundles would have the address {each.url}",
                hint="give them different file names, or run avow embed for each with its own --url",
            )


def _declared(
    attestation: Attestation,
    *,
    url: str | None,
    known: list[SbomPointer],
    looked_at: datetime | None,
    now: datetime,
) -> Declared:
    predicate = attestation.statement.predicate
    path = Path(attestation.location)
    if not path.is_file():
        raise InputInvalid(
            f"{attestation.location} is a part of a file; a pointer leads to the bundle alone",
            location=attestation.location,
            hint="write each bundle into a file of its own",
        )
    address = url
    if url is None:
        address = next(
            (each.url for each in known if each.leads_to(path.name, attestation.bundle_sha256)), None
        )
    elif url.endswith("/"):
        address = url + quote(path.name)
    if address is None:
        raise InputInvalid(
            f"where {path.name} is published is not known",
            location=str(path),
            hint=f"say it, for example: {_EXAMPLE_URL}",
        )
    has_expired = predicate.valid_until <= now
    versions = {each.version for each in attestation.scope}
    return Declared(
        url=address,
        bundle_sha256=attestation.bundle_sha256,
        payload_sha256=attestation.payload_sha256,
        valid_until=predicate.valid_until,
        looked_at=looked_at,
        practices=() if has_expired else _practices(predicate),
        has_expired=has_expired,
        name=path.name,
        version=versions.pop() or "" if len(versions) == 1 else "",
        scheme=attestation.scope[0].type if attestation.scope else "",
    )


def _practices(predicate: Predicate) -> tuple[PracticeEntry, ...]:
    """Those that a statement of this kind may speak of."""
    catalogue = load_catalogue()
    return tuple(
        entry
        for entry in predicate.practices
        if (practice := catalogue.practice(entry.id)) is not None
        and predicate.speaks_of(practice.subject_level)
    )


# --- from a declaration that is not signed yet


def _from_declaration(
    inventory: Inventory, chosen: Entry | None, path: Path, *, url: str | None, now: datetime
) -> list[_Task]:
    """What a project writes into its own SBOM.

    Raises:
        InputInvalid: the declaration can't be used or contains drafts, the URL is missing, or it is not clear
            which component the project is.
    """
    if url is None:
        raise InputInvalid(
            "--url has to say where the bundle will be", hint=f"for example: {_EXAMPLE_URL}; or give --bundle"
        )
    if url.endswith("/"):
        raise InputInvalid(
            f"--url {url} is a directory, and without --bundle there is no file name to follow",
            hint=f"add the name that the bundle will have: --url {url}{_EXAMPLE_NAME}",
        )
    declaration = read_declaration(path, now=now)
    problems = Problems(str(path))
    note_drafts(declaration, problems)
    problems.raise_if_any("nothing was written", hint="fix these, then run avow check and avow embed again")
    entry = chosen or _subject(inventory)
    practices = tuple(_entry_of(each) for each in declaration.practices)
    notes = (
        "from your declaration, which is not signed yet; sign it with avow attest, the SBOM included",
        *_compared(entry, declaration, source=inventory.source, named=chosen is not None),
    )
    scheme = parse_purl(declaration.project.purl).type if declaration.project.purl else ""
    declared = Declared(url=url, practices=practices, name="your declaration", scheme=scheme)
    return [_Task(entry, (declared,), notes)]


def _subject(inventory: Inventory) -> Entry:
    """What the SBOM is about.

    Raises:
        InputInvalid: it does not say, or it is about several components.
    """
    if len(inventory.roots) != 1:
        raise InputInvalid(
            f"{inventory.source} does not say what it is about"
            if not inventory.roots
            else f"{inventory.source} is about {len(inventory.roots)} components",
            location=inventory.source,
            hint="name yours with --component",
        )
    return inventory.roots[0]


def _compared(entry: Entry, declaration: Declaration, *, source: str, named: bool) -> Iterator[str]:
    """What could not be compared of the component and the declared project, and who says so then.

    Raises:
        InputInvalid: they are different packages, or the component's purl can't be read.
    """
    stated, declared = stated_purl(entry, source=source), declaration.project.purl
    about = declared or declaration.project.name
    if stated is None or not declared:
        name = entry.purl or entry.name or entry.place
        which = "it has no purl in SBOM" if stated is None else "your declaration has no purl"
        yield (
            f"you say that {name} is {about}; {which}, so they could not be compared"
            if named
            else f"SBOM is about {name}; {which}, so nothing shows that it is {about}"
        )
    elif package_key(stated) != package_key(read_purl(declared)):
        raise InputInvalid(
            f"{source} is about {entry.purl}, and your declaration about {declared}"
            if not named
            else f"the component is {entry.purl}, and your declaration is about {declared}",
            location=source,
            hint="name the SBOM of your release, or your component with --component",
        )


def _entry_of(practice: DeclaredPractice) -> PracticeEntry:
    """The practice as a statement has it."""
    said = {
        "status": practice.status,
        "coverage": practice.coverage,
        "reason": practice.reason,
        "justification": practice.justification,
        "note": practice.note,
    }
    return PracticeEntry(
        id=practice.id,
        facts=practice.facts,
        evidence=tuple(map(_evidence_of, practice.evidence)),
        **{name: value for name, value in said.items() if value is not None},
    )


def _evidence_of(item: DeclaredEvidence) -> Evidence:
    resource = Resource(uri=item.target) if item.kind == "url" else Resource(name=item.target)
    return Evidence(type=item.type, resource=resource, **({"note": item.note} if item.note else {}))


# --- writing and reading


def _write(
    document: EmbeddableSbom,
    content: bytes,
    tasks: list[_Task],
    *,
    mirrored: bool,
    in_full: bool,
    output: Path | None,
    in_place: bool,
) -> None:
    catalogue = load_catalogue()
    shown: list[tuple[_Task, Written]] = []
    for task in tasks:
        written = write_into(document, task.entry, task.declared, catalogue=catalogue, mirrors=mirrored)
        copied = task.declared if in_full else ()
        write_declarations(document, task.entry, copied, catalogue=catalogue, written=written)
        shown.append((task, written))
    result = edited(content, document.tree, source=document.source)
    if output is None or output == Path("-"):
        click.echo(result, nl=False)
    elif in_place:
        mode = stat.S_IMODE(output.stat().st_mode)
        write_atomically(output.resolve(), result)
        output.chmod(mode)
    else:
        write_atomically(output, result)
    for task, written in shown[:SHOWN]:
        _show(task, written)
    if len(shown) > SHOWN:
        say(f"and {count(len(shown) - SHOWN, 'more component')}")
    if result == content:
        say("nothing changed: SBOM has all of this already")
    elif document.form is fields.Form.CYCLONEDX and (
        signed := document.signed_parts([task.entry.place for task in tasks])
    ):
        say(
            f"note: SBOM has a signature of its own (at {', '.join(signed)}), which no longer fits; "
            "have it signed again"
        )


def _show(task: _Task, written: Written) -> None:
    say(task.entry.purl or task.entry.name or task.entry.place)
    for note in task.notes:
        say(f"  {note}")
    for word, lines in (
        ("added", written.added),
        ("replaced", written.replaced),
        ("removed", written.removed),
        ("left", written.left),
    ):
        for line in dict.fromkeys(lines):
            say(f"  {word:<9} {line}")


def _extract(sbom: Path, *, as_json: bool) -> None:
    inventory = read_sbom(read_bounded(sbom, max_bytes=MAX_BYTES), source=str(sbom))
    references, copies = pointers(inventory), mirrors(inventory)
    found = [each for each in references if each.predicate_type]
    others = [each for each in references if not each.predicate_type]
    if as_json:
        shown = {
            "pointers": list(map(asdict, found)),
            "others": list(map(asdict, others)),
            "mirrors": list(map(asdict, copies)),
            "problems": list(map(asdict, inventory.problems)),
        }
        click.echo(json.dumps(shown, indent=2))
        return
    if not found:
        click.echo(f"no pointer to a declaration in {count(len(inventory.entries), 'component')}")
    for place in dict.fromkeys((*(each.place for each in references), *(each.place for each in copies))):
        here = [each for each in references if each.place == place]
        for line in _lines_about(here, [each for each in copies if each.place == place]):
            click.echo(printable(line))
    if references or copies:
        click.echo("nobody verified any of this; avow verify does, with the bundle in hand")
    if inventory.problems:
        click.echo(
            f"{count(len(inventory.problems), 'problem')} of the SBOM, which avow embed does not correct"
        )
        for each in inventory.problems[:SHOWN]:
            click.echo(printable(f"  {each.place or 'document'}: {each.message}"))
        if len(inventory.problems) > SHOWN:
            click.echo(f"  and {len(inventory.problems) - SHOWN} more, which --format json lists")


def _lines_about(found: list[SbomPointer], copies: list[SbomMirror]) -> Iterator[str]:
    about: SbomPointer | SbomMirror = found[0] if found else copies[0]
    yield f"{about.name} {about.version}".strip() or about.place or "the document"
    for each in found:
        is_pointer = bool(each.predicate_type)
        yield f"  declaration  {each.url}" if is_pointer else f"  other attestation ({each.kind})  {each.url}"
        for label, value in (
            ("bundle", is_pointer and each.sha256 and f"sha256:{each.sha256}"),
            ("statement", each.payload_sha256 and f"sha256:{each.payload_sha256}"),
            ("valid until", each.valid_until),
            ("looked at", each.looked_at),
            ("comment", not is_pointer and each.comment),
        ):
            if value:
                yield f"    {label:<12} {value}"
    for copy in copies:
        yield f"  {copy.practice}  {copy.kind}  {copy.value}"
