"""Turns a declaration into a signed statement about release artefacts.

1. Prepare: hash the artefacts, read the evidence, compose the predicate, and fix the statement's bytes.
2. Cross-check: in-toto's own library must read those bytes in the same way.
3. Sign.
4. Verify the finished bundle as a consumer would.
5. Write the evidence, then the bundle; each file completely or not at all.
"""

from __future__ import annotations

import calendar
import glob
import hashlib
import json
import mimetypes
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement as InTotoStatement

from avow.catalogue.observations import ObservationInvalid, observe
from avow.catalogue.practices import Catalogue
from avow.declaration.avow_yaml import Declaration, DeclaredEvidence, DeclaredPractice, note_drafts
from avow.errors import AvowError, InputInvalid, Problems, ServiceUnavailable
from avow.files import hash_file, is_in_git, read_bounded, refuse_input, require_writable, write_atomically
from avow.formats import purl, vers
from avow.formats.repository import plain_repository
from avow.identity import SignerIdentity
from avow.signing.client import Credential, SigningService
from avow.signing.release import disagreements
from avow.statement.in_toto import WithdrawalStatement, read_either, write_statement
from avow.statement.predicate import LIMITATION, RELEASE
from avow.statement.validity import CLOCK_SKEW, check_predicate
from avow.statement.withdrawal import check_withdrawal
from avow.stores.containers import claimed_subjects
from avow.stores.evidence import EVIDENCE_DIRECTORY, MAX_EVIDENCE_BYTES, evidence_name
from avow.subject import Digest, Subject
from avow.transparency.backend import Backend
from avow.transparency.container import MAX_BUNDLE_BYTES
from avow.values import Frozen, thaw, utc_text

BUNDLE_SUFFIX: Final = ".practices.sigstore.json"
UNUSABLE_SUFFIX: Final = ".unusable"
"""Of what a service returned and nobody should publish; not the end of a bundle's name."""

_UNSAFE_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._+-]+")


_USUALLY_SECRET: Final = re.compile(
    r"\.env(\..+)?|\.npmrc|\.pypirc|\.netrc|\.git-credentials|credentials(\.json)?|id_(rsa|dsa|ecdsa|ed25519)"
    r"|.+\.(pfx|p12|keystore|jks)",
    re.IGNORECASE,
)
"""Names of files in which credentials are kept; a wrong line in a declaration would publish them for ever."""

_PRIVATE_KEY: Final = b"PRIVATE KEY-----"


class Prepared(Frozen):
    """Everything that will be signed and written, fixed before anyone is asked to sign it."""

    payload: bytes
    bundle_name: str
    subjects: tuple[Subject, ...]
    evidence: tuple[tuple[str, bytes], ...]
    """SHA-256 and bytes of each evidence file that is published with the bundle."""


def prepare(
    declaration: Declaration,
    artefacts: tuple[str, ...],
    *,
    source: str,
    base: Path,
    release: str,
    commit: str | None,
    committed: Callable[[str], bytes | None],
    credential: Credential | None,
    catalogue: Catalogue,
    now: datetime,
) -> Prepared:
    """The statement about `artefacts` (paths or globs) of `release`, and its evidence files.

    `source` is the declaration's file name for messages; evidence paths are relative to `base`. `commit` is
    the checkout's commit, and `committed` reads a file at that commit, up to one byte more than evidence may
    have; None if there is no such file. Source and commit of a CI credential must match the declared ones.

    Raises:
        InputInvalid: with all problems of the declaration, the artefacts and the evidence.
    """
    problems = Problems(source)
    if not declaration.practices:
        problems.add(
            "the declaration has no practices", fix="declare at least one; avow practices lists them"
        )
    note_drafts(declaration, problems)
    if credential is not None and "@refs/pull/" in credential.identity:
        problems.add(
            f"this CI job runs for a pull request, and no policy can accept that: {credential.identity}",
            fix="sign in the job that makes the release",
        )
    subjects = _subjects(artefacts, problems)
    scope = _scope(declaration, release=release, commit=commit, credential=credential, problems=problems)
    for disagreement in disagreements(
        release,
        project=declaration.project.name,
        names=[subject.name for subject in subjects],
        tag=credential.source_ref if credential else None,
        purl_type=declaration.project.purl.partition(":")[2].partition("/")[0]
        if declaration.project.purl
        else None,
    ):
        problems.add(disagreement.message, fix=disagreement.fix)
    reader = _EvidenceReader(
        base, source=scope.get("source"), committed=committed, problems=problems, now=now
    )
    practices = [_practice(practice, reader) for practice in declaration.practices]
    problems.raise_if_any("nothing was signed", hint="fix these, then run avow check and avow attest again")
    predicate: dict[str, Any] = {
        "kind": RELEASE,
        "catalogue": {
            "id": catalogue.id,
            "version": catalogue.version,
            "digest": {"sha256": catalogue.digest},
        },
        "declaredAt": utc_text(now),
        "validUntil": utc_text(_months_later(now, declaration.scope.valid_for_months)),
        "declarant": _declarant(declaration),
        "scope": scope,
        "practices": practices,
        "limitations": [LIMITATION],
    }
    if declaration.integrator:
        predicate["integrator"] = [
            _present(
                ref=entry.ref,
                handling=entry.handling,
                provided=entry.provided,
                leftToIntegrator=entry.left_to_integrator,
                justification=entry.justification,
            )
            for entry in declaration.integrator
        ]
    if declaration.assumptions:
        predicate["assumptions"] = [
            {"id": each.id, "text": each.text, "ifViolated": each.if_violated}
            for each in declaration.assumptions
        ]
    payload = write_statement(subjects, predicate=predicate)
    cross_check(payload)
    name = f"{declaration.project.name}-{release}"
    return Prepared(
        payload=payload,
        bundle_name=_UNSAFE_IN_NAMES.sub("-", name).strip("-.") + BUNDLE_SUFFIX,
        subjects=subjects,
        evidence=tuple(sorted(reader.content.items())),
    )


class UnusableBundle(ServiceUnavailable):
    """The service signed, but the bundle is not what was asked for; the log may already contain its entry."""

    def __init__(self, message: str, *, bundle: bytes, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.bundle = bundle


class BundleInHand(InputInvalid):
    """The statement is signed, and public, and the bundle can't be written anywhere: the caller shows it."""

    def __init__(self, message: str, *, bundle: bytes, location: str) -> None:
        super().__init__(
            f"{message}; the statement is signed, and the log has its entry",
            location=location,
            hint="save what is on standard output as the bundle; do not sign again",
        )
        self.bundle = bundle


def sign_to(
    directory: Path,
    prepared: Prepared,
    *,
    service: SigningService,
    credential: Credential,
    backend: Backend,
    now: datetime,
) -> Path:
    """Sign, and write bundle and evidence to `directory`; returns the bundle's path.

    Raises:
        ServiceUnavailable: as `sign`; a bundle that is unusable is kept, and the hint says where.
        InputInvalid: as `sign` and `publish`.
    """
    try:
        bundle = sign(prepared, service=service, credential=credential, backend=backend, now=now)
    except UnusableBundle as error:
        path = directory / f"{prepared.bundle_name}{UNUSABLE_SUFFIX}"
        write_atomically(path, error.bundle)
        raise ServiceUnavailable(
            error.message,
            hint=f"{path} is what the service returned, and the log may contain it; {error.hint}",
        ) from error
    return publish(prepared, bundle, directory=directory)


def sign(
    prepared: Prepared, *, service: SigningService, credential: Credential, backend: Backend, now: datetime
) -> bytes:
    """The finished bundle, verified as a consumer would verify it at `now`.

    Raises:
        ServiceUnavailable: the service did not sign.
        UnusableBundle: it omitted the timestamp, signed something else, or its bundle does not verify.
        InputInvalid: the credential can't be used.
    """
    credential.require_current(now)
    bundle = service.sign(prepared.payload, credential=credential)
    try:
        envelope = backend.verify(bundle, location="the new bundle", now=now)
        statement = read_either(envelope.payload, payload_type=envelope.payload_type)
        if isinstance(statement, WithdrawalStatement):
            check_withdrawal(statement.withdrawal, signed_at=envelope.signed_at, skew=CLOCK_SKEW)
        else:
            check_predicate(statement.predicate, signer=envelope.signer, signed_at=envelope.signed_at)
    except AvowError as error:
        raise UnusableBundle(
            f"the bundle that the signing service returned does not verify: {error.message}",
            bundle=bundle,
            hint="check this machine's clock and, with --trust-config, that its trusted root and services "
            "belong to the same instance",
        ) from error
    if envelope.payload != prepared.payload:
        raise UnusableBundle(
            "the signing service returned a bundle for another statement",
            bundle=bundle,
            hint="report it to the service's operator if it persists",
        )
    if service.wants_timestamps and not any(time.source == "tsa" for time in envelope.times):
        raise UnusableBundle(
            "the bundle has no timestamp, although the signing configuration names a timestamping authority",
            bundle=bundle,
            hint="try again later, when the timestamping authority answers",
        )
    signer = envelope.signer
    if not isinstance(signer, SignerIdentity) or signer.issuer != credential.issuer:
        raise UnusableBundle(
            f"the bundle is signed by {signer}, not by {credential.identity}",
            bundle=bundle,
            hint="try again with a fresh identity token",
        )
    return bundle


def check_destination(
    prepared: Prepared, directory: Path, *, overwrite: bool, option: str = "--output-directory"
) -> None:
    """Bundle and evidence can be written to `directory`; checked before anything is signed and made public.

    `option` is how a user chooses another place.

    Raises:
        InputInvalid: they can't, or a bundle with that name exists and `overwrite` is not set.
    """
    path = directory / prepared.bundle_name
    refuse_input(path)
    if path.exists() and not path.is_file():
        raise InputInvalid(f"{path} exists but is not a regular file", hint="move it away")
    if path.exists() and not overwrite:
        if _is_about_others(path, prepared):
            raise InputInvalid(
                f"{path} already exists",
                hint=f"it is about other artefacts: keep it, and choose another place with {option}",
            )
        raise InputInvalid(f"{path} already exists", hint="pass --overwrite to replace it, or move it away")
    require_writable(path)
    if prepared.evidence:
        _refuse_link(directory / EVIDENCE_DIRECTORY)
        require_writable(directory / EVIDENCE_DIRECTORY / evidence_name(prepared.evidence[0][0]))


def _is_about_others(path: Path, prepared: Prepared) -> bool:
    """By its own words, the bundle in `path` lists an artefact that is not signed now, and would be lost."""
    try:
        listed = claimed_subjects(read_bounded(path, max_bytes=MAX_BUNDLE_BYTES))
    except InputInvalid:
        return False
    signed = {digest for subject in prepared.subjects for digest in subject.digests}
    return any(signed.isdisjoint(entry.digests) for entry in listed)


def publish(prepared: Prepared, bundle: bytes, *, directory: Path) -> Path:
    """Write the evidence files, then the bundle, to `directory`; returns the bundle's path.

    Raises:
        InputInvalid: the directory can't be written to. The signature is public by now, so the files are
            saved in a temporary directory.
        BundleInHand: that can't be written to either.
    """
    try:
        return _written(prepared, bundle, directory)
    except InputInvalid as error:
        try:
            kept = _written(prepared, bundle, Path(tempfile.mkdtemp(prefix="avow-")))
        except (InputInvalid, OSError):
            raise BundleInHand(error.message, bundle=bundle, location=error.location) from error
        raise InputInvalid(
            f"{error.message}; the signed bundle is in {kept.parent}",
            hint="move the files from there; do not sign again",
            location=error.location,
        ) from error


def _refuse_link(directory: Path) -> None:
    """Whoever wrote the checkout could have evidence written wherever a link leads."""
    if directory.is_symlink():
        raise InputInvalid(
            f"{directory} is a symbolic link, and evidence is not written through one",
            hint="remove the link, or choose another --output-directory",
            location=str(directory),
        )


def _written(prepared: Prepared, bundle: bytes, directory: Path) -> Path:
    if prepared.evidence:
        _refuse_link(directory / EVIDENCE_DIRECTORY)
    for sha256, content in prepared.evidence:
        write_atomically(directory / EVIDENCE_DIRECTORY / evidence_name(sha256), content)
    path = directory / prepared.bundle_name
    write_atomically(path, bundle)
    return path


def _subjects(artefacts: tuple[str, ...], problems: Problems) -> tuple[Subject, ...]:
    subjects: dict[Path, Subject] = {}
    for path in _expanded(artefacts, problems):
        try:
            digests = hash_file(path)
            path.name.encode()
        except InputInvalid as error:
            problems.add(error.message, fix="build it first, or correct the path")
            continue
        except UnicodeEncodeError:
            problems.add(f"the name of {path} is not UTF-8", fix="rename the file; a statement is UTF-8 text")
            continue
        if path.stat().st_size == 0:
            problems.add(
                f"{path} is empty; a statement about it would match every empty file", fix="build it first"
            )
        subjects[path.resolve()] = Subject(
            name=path.name,
            digests=tuple(Digest(algorithm=name, value=value) for name, value in digests.items()),
        )
    return tuple(subjects.values())


def _expanded(artefacts: tuple[str, ...], problems: Problems) -> Iterator[Path]:
    """The paths, with each pattern replaced by the files it matches; an existing path is never a pattern.

    Patterns do not match bundles that this command wrote into the same directory.
    """
    for artefact in artefacts:
        if Path(artefact).is_dir() or (Path(artefact).exists() and artefact.endswith(BUNDLE_SUFFIX)):
            what = "a directory" if Path(artefact).is_dir() else "a bundle that this command wrote"
            fix = "name the artefacts; of a pattern in quotes, such as 'dist/*', both are left out"
            problems.add(f"{artefact} is {what}, not an artefact", fix=fix)
            continue
        if Path(artefact).exists() or not glob.has_magic(artefact):
            yield Path(artefact)
            continue
        found = [Path(each) for each in sorted(glob.glob(artefact))]  # noqa: PTH207  Path.glob: relative only
        matches = [each for each in found if not each.is_dir() and not each.name.endswith(BUNDLE_SUFFIX)]
        if not matches:
            problems.add(f"{artefact} matches no file", fix="build the release first, or correct the pattern")
        yield from matches


def _scope(
    declaration: Declaration,
    *,
    release: str,
    commit: str | None,
    credential: Credential | None,
    problems: Problems,
) -> dict[str, Any]:
    project = declaration.project
    scope: dict[str, Any] = {"project": _present(name=project.name, uri=project.url)}
    if not release:
        problems.add("the release has no version", fix="name it with --release")
    elif project.purl:
        try:
            scope["purls"] = [str(purl.with_version(purl.parse_purl(project.purl), release))]
        except purl.PurlInvalid as error:
            problems.add(f"release {release} can't be part of a purl: {error}", fix="correct --release")
    if declaration.scope.versions:
        scope["versions"] = declaration.scope.versions
        if release and not vers.parse_vers(declaration.scope.versions).contains(release):
            problems.add(
                f"release {release} is not in scope.versions {declaration.scope.versions}",
                fix="correct --release or scope.versions",
            )
    source = _source(project.source, commit=commit, credential=credential, problems=problems)
    if source:
        scope["source"] = source
    if declaration.scope.known_as:
        scope["knownAs"] = list(declaration.scope.known_as)
    return scope


def _source(
    declared: str | None, *, commit: str | None, credential: Credential | None, problems: Problems
) -> dict[str, Any] | None:
    """Source and commit; they must match the CI job's identity, or no consumer would accept the statement."""
    proven = credential.source_repository if credential else None
    if declared and proven and plain_repository(declared) != plain_repository(proven):
        fork = plain_repository(declared).rpartition("/")[2] == plain_repository(proven).rpartition("/")[2]
        problems.add(
            f"project.source is {declared}, but this CI job runs for {proven}",
            fix="release from the project's own repository, not a fork; if it moved, correct project.source"
            if fork
            else "correct project.source",
        )
    run_for = credential.source_commit if credential else None
    if commit and run_for and commit != run_for:
        problems.add(
            f"the checkout is at {commit}, but this CI job runs for {run_for}",
            fix="check out the job's commit",
        )
    address = declared or proven
    if not address:
        return None
    head = run_for or commit
    return {"uri": f"git+{plain_repository(address)}", **({"digest": {"gitCommit": head}} if head else {})}


def _declarant(declaration: Declaration) -> dict[str, Any]:
    declarant, organization = declaration.declarant, declaration.declarant.organization
    return _present(
        relationship=declarant.relationship,
        organization=_present(
            name=organization.name, legalEntity=organization.legal_entity, website=organization.website
        )
        if organization
        else None,
        role=declarant.role,
        contact=declarant.contact,
        fundedBy=list(declarant.funded_by) or None,
        supportOffers=list(declarant.support_offers) or None,
        requests=declaration.requests,
    )


def _practice(practice: DeclaredPractice, reader: _EvidenceReader) -> dict[str, Any]:
    return _present(
        id=practice.id,
        status=practice.status,
        reviewedAt=practice.reviewed_at.isoformat() if practice.reviewed_at else None,
        coverage=practice.coverage,
        reason=practice.reason,
        justification=practice.justification,
        implementedBy=practice.implemented_by,
        note=practice.note,
        trackingUrl=practice.tracking_url,
        facts=thaw(practice.facts) or None,
        evidence=[reader.read(item, practice=practice.id) for item in practice.evidence] or None,
    )


class _EvidenceReader:
    """Turns declared evidence into wire form and keeps the bytes that are published."""

    def __init__(
        self,
        base: Path,
        *,
        source: dict[str, Any] | None,
        committed: Callable[[str], bytes | None],
        problems: Problems,
        now: datetime,
    ) -> None:
        self._base, self._source, self._problems, self._now = base, source, problems, now
        self._committed = committed
        self.content: dict[str, bytes] = {}

    def read(self, item: DeclaredEvidence, *, practice: str) -> dict[str, Any]:
        """The wire form of `item`; a file that can't be used is reported at its line."""
        if item.kind == "url":
            return self._link(item, practice=practice)
        try:
            content = self._bytes(item.target)
            observed = observe(content, check=item.check) if item.kind == "scorecard" else None
        except (InputInvalid, ObservationInvalid) as error:
            self._problems.add(
                str(error), line=item.line, column=1, practice=practice, fix="correct the path or the file"
            )
            return {}
        sha256 = hashlib.sha256(content).hexdigest()
        self.content[sha256] = content
        # An observation has the time of its run; with the time of signing it would look fresh again.
        seen = [moment for moment in (item.retrieved_at, observed and observed.observed_at) if moment]
        return _present(
            type=item.type,
            strength="E2",
            resource=_present(
                **self._address(item, content, practice=practice),
                digest={"sha256": sha256},
                mediaType=_media_type(item.target),
            ),
            retrievedAt=self._moment(min(seen, default=self._now), item, practice=practice),
            tool=_present(name="scorecard", version=observed.tool_version) if observed else _tool(item),
            observed={"check": observed.check, "score": observed.score} if observed else None,
            note=item.note,
        )

    def _link(self, item: DeclaredEvidence, *, practice: str) -> dict[str, Any]:
        """A link: E0, E1 once somebody has looked at it, E2 if they also recorded its digest."""
        looked = item.retrieved_at is not None
        by_sha256 = item.digest is not None and item.digest.algorithm == "sha256"
        return _present(
            type=item.type,
            # bytes are found by SHA-256 alone
            strength="E2" if looked and by_sha256 else "E1" if looked else "E0",
            resource=_present(
                uri=item.target, digest={item.digest.algorithm: item.digest.value} if item.digest else None
            ),
            retrievedAt=self._moment(item.retrieved_at, item, practice=practice)
            if item.retrieved_at
            else None,
            tool=_tool(item),
            note=item.note,
        )

    def _moment(self, moment: datetime, item: DeclaredEvidence, *, practice: str) -> str:
        """`moment` as text; a future one is a problem, because no consumer accepts it."""
        if moment > self._now:
            self._problems.add(
                f"the evidence is dated {utc_text(moment)}, which is in the future",
                line=item.line,
                column=1,
                practice=practice,
                fix="correct the date, or this machine's clock",
            )
        return utc_text(moment)

    def _bytes(self, target: str) -> bytes:
        path = self._base / target
        try:
            resolved = path.resolve()
            base = self._base.resolve()
        except RuntimeError as error:  # before Python 3.13, for a loop of symbolic links
            raise InputInvalid(f"evidence {target} is a loop of symbolic links") from error
        if not resolved.is_relative_to(base):
            raise InputInvalid(f"evidence {target} is outside {self._base}")
        # a link to .git/config would publish a CI job's credentials
        if is_in_git(resolved.relative_to(base)):
            raise InputInvalid(f"evidence {target} is inside .git")
        content = read_bounded(path, max_bytes=MAX_EVIDENCE_BYTES)
        if _USUALLY_SECRET.fullmatch(resolved.name) or _PRIVATE_KEY in content:
            raise InputInvalid(
                f"evidence {target} is published with the bundle, and such a file usually contains secrets"
            )
        return content

    def _address(self, item: DeclaredEvidence, content: bytes, *, practice: str) -> dict[str, str]:
        """Where the file is, with the commit if it is the file of that commit; another one is a problem."""
        if not self._source:
            return {"name": item.target}  # a path alone is not a URI
        commit = self._source.get("digest", {}).get("gitCommit")
        there = self._committed(item.target) if commit else None
        if there is not None and there != content:
            here, other = (hashlib.sha256(each).hexdigest() for each in (content, there))
            self._problems.add(
                f"evidence {item.target} has sha256:{here}, and at the commit {commit} it has sha256:{other}",
                line=item.line,
                column=1,
                practice=practice,
                fix="commit the change and release that, or restore the file",
            )
        return {"uri": f"{self._source['uri']}{f'@{commit}' if there is not None else ''}#{item.target}"}


def _tool(item: DeclaredEvidence) -> dict[str, Any] | None:
    return _present(name=item.tool.name, version=item.tool.version) if item.tool else None


def _media_type(target: str) -> str | None:
    return "text/markdown" if target.endswith(".md") else mimetypes.guess_type(target)[0]


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day `months` later, or the last day of that month if it is shorter."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def cross_check(payload: bytes) -> None:
    """in-toto's own library accepts the finished bytes and reads the same values.

    Raises:
        InputInvalid: it refuses them, or reads other values.
    """
    try:
        message = json_format.Parse(payload, statement_pb2.Statement())
        InTotoStatement.copy_from_pb(message).validate()
    except (json_format.ParseError, ValueError) as error:
        raise InputInvalid(f"in-toto's library does not accept the statement: {error}") from error
    if json_format.MessageToDict(message) != json.loads(
        payload
    ):  # it turns integers into doubles, which compare equal
        raise InputInvalid("in-toto's library reads the statement differently")
