"""The few calls that programs need: verify, sign, withdraw, read a declaration. docs/api.md shows how.

They do what the commands do, without a terminal: nothing is printed, nobody is asked, no browser is opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from avow.catalogue.practices import load_catalogue
from avow.declaration.avow_yaml import Declaration
from avow.errors import InputInvalid
from avow.files import inputs_protected, read_bounded
from avow.resolve import read_declaration, resolve_moment, resolve_subject
from avow.results import Report
from avow.stores import MAX_BUNDLE_BYTES, open_evidence, open_stores
from avow.stores.evidence import MAX_EVIDENCE_BYTES
from avow.subject import Subject
from avow.verification.judge import verify
from avow.verification.session import Session, SignerFlags, session_for_flags, session_for_policy

if TYPE_CHECKING:
    from avow.signing.client import Credential, SigningService

Paths: TypeAlias = "str | PathLike[str] | Iterable[str | PathLike[str]]"
"""One path, or several."""


def subject_of(target: str | PathLike[str], *, purl: str | None = None) -> Subject:
    """The artefact in the file `target`, or the one that a digest such as `sha256:HEX` names.

    `purl` says which component it is. It is needed where a policy is about several components.

    Raises:
        InputInvalid: neither a file nor a digest, an empty file, or a purl that is not in canonical form.
    """
    return resolve_subject(str(target), purl=purl)


class Verifier:
    """Who may speak for which component, against which trusted roots, and what is required of them.

    Made once, used for any number of subjects, and safe to share between threads. It opens no socket.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @classmethod
    def from_policy(
        cls,
        path: str | PathLike[str],
        *,
        identity_only: bool = False,
        accept_sandbox: bool = False,
        observations: Paths = (),
        now: datetime | None = None,
    ) -> Verifier:
        """A verifier that enforces the policy in the file `path`; files that it names are relative to it.

        `observations` are files of what your own organisation saw and decided.

        `accept_sandbox` allows a sandbox's trusted root, for tests and rehearsals. `now` is the clock's time
        if it is left out: an accepted gap that ends more than a year later is refused.

        Raises:
            InputInvalid: the policy, or a file that it names, can't be used; carries every problem.
        """
        today = resolve_moment(now).date()
        return cls(
            session_for_policy(
                Path(path),
                identity_only=identity_only,
                accept_sandbox=accept_sandbox,
                today=today,
                observations=tuple(map(Path, _listed(observations))),
            )
        )

    @classmethod
    def from_identity(
        cls,
        trusted_root: str | PathLike[str],
        *,
        certificate_identity: str | None = None,
        certificate_oidc_issuer: str | None = None,
        repo: str | None = None,
        signer_workflow: str | None = None,
        source_ref: str | None = None,
        key: str | PathLike[str] | None = None,
        profile: str | None = None,
        identity_only: bool = False,
        accept_sandbox: bool = False,
    ) -> Verifier:
        """A verifier that expects one signer, named as by the flags of `avow verify`, and applies a profile.

        Raises:
            InputInvalid: arguments that contradict each other, no signer, or a file that can't be used.
        """
        flags = SignerFlags(
            certificate_identity=certificate_identity,
            certificate_oidc_issuer=certificate_oidc_issuer,
            repo=repo,
            signer_workflow=signer_workflow,
            source_ref=source_ref,
            key=None if key is None else Path(key),
        )
        return cls(
            session_for_flags(
                Path(trusted_root),
                flags=flags,
                profile=profile,
                identity_only=identity_only,
                accept_sandbox=accept_sandbox,
            )
        )

    def verify(
        self,
        *subjects: Subject,
        bundles: Paths,
        evidence: Paths = (),
        now: datetime | None = None,
    ) -> Report:
        """The report about `subjects`, every decision in hand.

        `bundles` are files, directories or store URIs, `evidence` directories of files named `sha256-HEX`;
        `evidence/` next to each bundle is read, too. `now` needs a time zone; if it is left out, the
        clock is read. A policy that is not satisfied is a result, not an exception.

        Not checked: whether a newer statement, a withdrawal or a dispute exists outside of `bundles`.

        Raises:
            InputInvalid: a named file or directory can't be read, `now` has no time zone, or the policy is
                about several components and a subject does not say which one it is.
            NothingToEvaluate: there is no subject.
        """
        return self.stream(subjects, bundles=bundles, evidence=evidence, now=now).collected()

    def stream(
        self,
        subjects: Iterable[Subject],
        *,
        bundles: Paths,
        evidence: Paths = (),
        now: datetime | None = None,
        workers: int = 1,
    ) -> Report:
        """As `verify`, for large batches: decisions are made while the report is read.

        Bundles are verified before the first decision, in `workers` processes, at least one. The exit code is
        known once every decision has been read.

        Raises:
            InputInvalid: as `verify`; or `workers` is less than one.
            NothingToEvaluate: there is no subject.
        """
        if workers < 1:
            raise InputInvalid(f"workers is {workers}; one is the least")
        named = [str(path) for path in _listed(bundles)]
        return verify(
            (subjects,) if isinstance(subjects, Subject) else subjects,
            session=self._session,
            stores=open_stores(named),
            evidence=open_evidence(map(Path, _listed(evidence)), bundles=named),
            now=resolve_moment(now),
            workers=workers,
        )


def load_declaration(path: str | PathLike[str], *, now: datetime | None = None) -> Declaration:
    """The declaration in the file `path`, checked as `avow check` does.

    Raises:
        InputInvalid: the file can't be read, or has errors; carries all of them, each with its place.
    """
    return read_declaration(Path(path), now=resolve_moment(now))


def sign(
    declaration: str | PathLike[str],
    artefacts: Paths,
    *,
    release: str,
    service: SigningService,
    output_directory: str | PathLike[str] = ".",
    identity_token: str | None = None,
    overwrite: bool = False,
    now: datetime | None = None,
) -> Path:
    """Sign the declaration in a file for the artefacts of `release`; the path of the bundle.

    `artefacts` are paths or patterns. Without `identity_token` the CI job's own identity signs. The identity
    becomes public for ever in the transparency log of `service`. The finished bundle has been verified, and
    evidence files are written beside it, under `evidence/`.

    Raises:
        InputInvalid: the declaration, an artefact, evidence or the token can't be used, or the bundle exists;
            nothing was signed.
        ServiceUnavailable: a service did not answer, or returned something that does not verify.
    """
    from avow.drafting.checkout import open_checkout  # noqa: PLC0415  only here
    from avow.signing import pipeline  # noqa: PLC0415  imports sigstore: half a second
    from avow.transparency import open_backend  # noqa: PLC0415  see above

    path, moment = Path(declaration), resolve_moment(now)
    declared = load_declaration(path, now=moment)
    credential = _credential(identity_token)
    checkout = open_checkout(path.parent)
    prepared = pipeline.prepare(
        declared,
        tuple(map(str, _listed(artefacts))),
        source=str(path),
        base=path.parent,
        release=release,
        commit=checkout.commit,
        committed=lambda name: checkout.committed(name, max_bytes=MAX_EVIDENCE_BYTES + 1),
        credential=credential,
        catalogue=load_catalogue(),
        now=credential.not_later_than(moment),
    )
    pipeline.check_destination(prepared, Path(output_directory), overwrite=overwrite)
    return pipeline.sign_to(
        Path(output_directory),
        prepared,
        service=service,
        credential=credential,
        backend=open_backend(service.trusted_root),
        now=moment,
    )


@inputs_protected()
def withdraw(
    bundle: str | PathLike[str],
    *,
    reason: str,
    service: SigningService,
    explanation: str | None = None,
    superseded_by: str | PathLike[str] | None = None,
    output: str | PathLike[str] | None = None,
    identity_token: str | None = None,
    overwrite: bool = False,
    now: datetime | None = None,
) -> Path:
    """Sign that the declaration in the file `bundle` is withdrawn; the path of the withdrawal.

    `reason` is a word of the specification, such as `factsWrong`. `superseded_by` is the bundle of the
    corrected declaration, if it is signed already. Without `output`, the withdrawal is written next to
    `bundle`. The signer has to be the one of `bundle`, which is verified first. Identity as for `sign`.

    Raises:
        InputInvalid: a bundle does not verify, the signer is another one, a word can't be used, or the output
            exists; nothing was signed.
        ServiceUnavailable: a service did not answer, or returned something that does not verify.
    """
    from avow.signing import pipeline, withdrawal  # noqa: PLC0415  imports sigstore: half a second
    from avow.transparency import open_backend  # noqa: PLC0415  see above

    path, moment, backend = Path(bundle), resolve_moment(now), open_backend(service.trusted_root)

    def verified(file: Path) -> withdrawal.SignedStatement:
        content = read_bounded(file, max_bytes=MAX_BUNDLE_BYTES)
        return withdrawal.read_signed(content, location=str(file), backend=backend, now=moment)

    withdrawn = verified(path)
    target = path.with_name(withdrawal.withdrawal_name(path.name)) if output is None else Path(output)
    credential = _credential(identity_token)
    prepared = withdrawal.prepare_withdrawal(
        withdrawn,
        reason=reason,
        explanation=explanation,
        superseded_by=None if superseded_by is None else verified(Path(superseded_by)),
        bundle_name=target.name,
        credential=credential,
        now=credential.not_later_than(moment),
    )
    pipeline.check_destination(prepared, target.parent, overwrite=overwrite, option="output")
    return pipeline.sign_to(
        target.parent, prepared, service=service, credential=credential, backend=backend, now=moment
    )


def _credential(identity_token: str | None) -> Credential:
    """The given identity, or that of the CI job."""
    from avow.signing.client import Credential, ambient_credential  # noqa: PLC0415  imports sigstore

    token = identity_token or ambient_credential()
    if token is None:
        raise InputInvalid(
            "there is no identity to sign with",
            hint="pass identity_token, or run in a CI job that has an identity of its own",
        )
    return Credential.of(token)


def _listed(paths: Paths) -> Iterable[str | PathLike[str]]:
    """One path as a list of one: a text would be taken for a list of its letters."""
    return (paths,) if isinstance(paths, str | PathLike) else paths
