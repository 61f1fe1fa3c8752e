"""What one run trusts and asks: a policy or flags, with the trusted roots and keys they name loaded.

A session is a value of bytes and words: it can be sent to another process, which opens it there once. It
knows no time; `now` is an argument of whoever verifies with it.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from avow import identity
from avow.catalogue.practices import load_catalogue
from avow.catalogue.profiles import load_profile
from avow.errors import InputInvalid
from avow.files import read_bounded, read_pinned
from avow.identity import ExpectedSigner, SignerIdentity, SignerKey
from avow.policy import (
    MAX_DECISIONS_BYTES,
    MAX_SIGNER_FILE_BYTES,
    Decisions,
    Policy,
    parse_decisions,
    parse_policy,
    policy_of_profile,
)
from avow.policy.decisions import AcceptedGap, Measure, OwnLook
from avow.results import Edition, RunBasis, UsedFile
from avow.transparency import open_backend, open_keyed_backend
from avow.transparency.trusted_root import TrustedRootFile, load_root
from avow.values import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from avow.formats.purl import Purl
    from avow.subject import Subject
    from avow.transparency.backend import Backend

MAX_POLICY_BYTES: Final = MAX_SIGNER_FILE_BYTES
"""Its reader refuses much smaller ones, and says what to do."""
MAX_KEY_BYTES: Final = 64 * 1024
MAX_RULES_SHOWN: Final = 20
DEFAULT_PROFILE: Final = "orc-light"
SANDBOX_NOTE: Final = (
    "sandbox: {path} is a sandbox trusted root; its signatures prove nothing outside of tests"
)


class SignerFlags(Frozen):
    """Who may have signed, as said on the command line; `identity.from_flags` explains each."""

    certificate_identity: str | None = None
    certificate_oidc_issuer: str | None = None
    repo: str | None = None
    signer_workflow: str | None = None
    source_ref: str | None = None
    key: Path | None = None


class TrustedKey(Frozen):
    """A public key and the trusted root whose log and timestamping authority count for it."""

    pem: bytes
    root: bytes


class Trust(Frozen):
    """Everything that signatures are verified against, as bytes."""

    roots: tuple[bytes, ...]
    keys: tuple[TrustedKey, ...] = ()


@lru_cache(maxsize=8)
def open_trust(trust: Trust) -> tuple[Backend, ...]:
    """A verifier for each root and each key, opened once per process.

    Raises:
        InputInvalid: a root or key that can't be used.
    """
    return (
        *(open_backend(root) for root in trust.roots),
        *(open_keyed_backend(key.root, key=key.pem) for key in trust.keys),
    )


class Session(Frozen):
    """The roots to verify against, who may speak, and what is required of them."""

    trust: Trust
    policy: Policy | None
    """None: only identity is verified, and no practice is judged."""
    rules: Policy | None
    """The policy whose signer rules say who may speak; None where `flagged` does."""
    flagged: ExpectedSigner | None
    spki_of_key_file: tuple[tuple[str, str], ...]
    """SHA-256 of each key file, and of the DER SubjectPublicKeyInfo in it."""
    enforced: tuple[str, ...]
    """Roots and requirements in words; `enforced_for` adds who may speak."""
    insecure: tuple[str, ...]
    basis: RunBasis
    """What the answers depend on, with digests."""
    evidence_signers: tuple[ExpectedSigner, ...] = ()
    """Whose signature makes evidence E4; never somebody whom a statement names."""

    @property
    def backends(self) -> tuple[Backend, ...]:
        """The opened verifiers of this process."""
        return open_trust(self.trust)

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """`spki_of_key_file` for look-ups."""
        return dict(self.spki_of_key_file)

    @cached_property
    def only_component(self) -> Purl | None:
        """The one component that the policy is about; None where a flag names the signer of whatever it is.

        Raises:
            InputInvalid: the rules are about several components: a signer of one could speak for another.
        """
        if self.rules is None:
            return None
        named = {rule.component.text: rule.component for rule in self.rules.signers if rule.component}
        whole = any(rule.whole_namespace for rule in self.rules.signers)
        if not named:
            raise InputInvalid(
                "the policy has no signer rule, so it does not say which component the artefact is",
                location=self.rules.source,
                hint="say with --purl which component the artefact is: --purl pkg:TYPE/NAME@VERSION",
            )
        if len(named) != 1 or whole:
            raise InputInvalid(
                "the policy has a signer rule for a whole namespace"
                if whole
                else "the policy has signer rules for several components",
                location=self.rules.source,
                hint="say with --purl which component the artefact is: --purl pkg:TYPE/NAME@VERSION",
            )
        return next(iter(named.values()))

    def component_of(self, subject: Subject) -> Purl | None:
        """Which component `subject` is: what the user says, else the only one that the policy is about.

        Raises:
            InputInvalid: the user does not say, and the policy is about several.
        """
        return subject.purl or self.only_component

    def enforced_for(self, subjects: tuple[Subject, ...]) -> tuple[str, ...]:
        """What is enforced for `subjects`: the rules about their components, and then `enforced`."""
        if self.rules is None:
            return self.enforced
        components = dict.fromkeys(map(self.component_of, subjects))
        applying = {rule.place: rule for each in components if each for rule in self.rules.rules_for(each)}
        rules = tuple(
            f"{rule.identity or rule.key_file} for {rule.component} ({rule.relationship})"
            for rule in applying.values()
        )
        more = (f"and {len(rules) - MAX_RULES_SHOWN} more rules",) if len(rules) > MAX_RULES_SHOWN else ()
        return (
            *(rules[:MAX_RULES_SHOWN] or ("no signer rule: nobody may speak for the component",)),
            *more,
            *self.enforced,
        )

    def revocations_of(self, signer: SignerIdentity | SignerKey) -> tuple[ExpectedSigner, ...]:
        """The rules of the policy that say since when `signer` is not to be trusted, for any component."""
        return self.rules.revocations_of(signer, keys=self.keys) if self.rules is not None else ()

    def signers_for(self, component: Purl | None) -> tuple[ExpectedSigner, ...]:
        """Who may speak for `component`; empty means nobody.

        None is an artefact that nobody named: only a signer given on the command line may speak for it.
        """
        if self.flagged is not None:
            return (self.flagged,)
        if self.rules is None or component is None:
            return ()
        return self.rules.signers_for(component, keys=self.keys)


def session_for_policy(
    path: Path,
    *,
    identity_only: bool,
    accept_sandbox: bool,
    today: date,
    observations: tuple[Path, ...] = (),
) -> Session:
    """What the policy in `path` requires; paths in it are relative to its directory.

    `observations` are files of own looks and decisions, which count as if they were in the policy.

    Raises:
        InputInvalid: the policy or a file it names can't be used, `observations` beside `identity_only`, or
            a root is a sandbox's and `accept_sandbox` is not set.
    """
    content = read_bounded(path, max_bytes=MAX_POLICY_BYTES)
    policy = parse_policy(
        content,
        source=str(path),
        today=today,
        signer_file=lambda name: read_bounded(path.parent / name, max_bytes=MAX_SIGNER_FILE_BYTES),
    )
    if identity_only and observations:
        raise InputInvalid(
            "--identity-only and --observations exclude each other: without a judgement nothing counts",
            hint="omit one of them",
        )
    decided = [_decisions(each, today=today) for each in observations]
    for each in decided:
        policy = policy.with_decisions(each)
    with _named_by(path):
        roots = {
            entry.sha256: load_root(path.parent / entry.path, sha256=entry.sha256) for entry in policy.trust
        }
    insecure = tuple(note for root in roots.values() for note in sandbox_notes(root, accepted=accept_sandbox))
    keys: dict[tuple[str, str], TrustedKey] = {}  # one key may have a rule for each of many components
    spki: dict[str, str] = {}
    for named in policy.key_files:
        root = roots[named.root_sha256].data
        with _named_by(path):
            pem = _key(path.parent / named.path, sha256=named.sha256)
        spki[named.sha256] = open_keyed_backend(root, key=pem).signer.spki_sha256
        keys.setdefault((spki[named.sha256], named.root_sha256), TrustedKey(pem=pem, root=root))
    trust = Trust(roots=tuple(root.data for root in roots.values()), keys=tuple(keys.values()))
    open_trust(trust)
    trusted = tuple(f"trusted root {entry.name} sha256:{entry.sha256[:8]}…" for entry in policy.trust)
    signer_files = tuple(
        f"signer rules of {file.path} ({file.rules}), sha256:{file.sha256[:8]}…"
        for file in policy.signer_files
    )
    required = (
        "identity only"
        if identity_only
        else f"{_counted(len(policy.required))}{f', profile {policy.profile}' if policy.profile else ''}"
    )
    return Session(
        trust=trust,
        policy=None if identity_only else policy,
        rules=policy,
        flagged=None,
        spki_of_key_file=tuple(spki.items()),
        evidence_signers=tuple(rule.expected(MappingProxyType(spki)) for rule in policy.evidence_signers),
        enforced=(*signer_files, *trusted, required, *(_in_words(each, policy) for each in decided)),
        insecure=insecure,
        basis=basis_of(
            policy.profile,
            policy=UsedFile(name=policy.name, path=str(path), sha256=hashlib.sha256(content).hexdigest()),
            signer_files=tuple(
                UsedFile(name=each.path, path=str(path.parent / each.path), sha256=each.sha256)
                for each in policy.signer_files
            ),
            own_files=tuple(
                UsedFile(name=Path(each.source).name, path=each.source, sha256=each.sha256)
                for each in decided
            ),
            roots=tuple(
                UsedFile(name=each.name, path=str(path.parent / each.path), sha256=each.sha256)
                for each in policy.trust
            ),
            identity_only=identity_only,
            support_until=policy.support_until,
        ),
    )


def _decisions(path: Path, *, today: date) -> Decisions:
    return parse_decisions(read_bounded(path, max_bytes=MAX_DECISIONS_BYTES), source=str(path), today=today)


def _in_words(decisions: Decisions, policy: Policy) -> str:
    entries: tuple[OwnLook | AcceptedGap | Measure, ...] = (
        *decisions.looks,
        *decisions.accepted_gaps,
        *decisions.measures,
    )
    asked = {requirement.practice for _, requirement in policy.questions}
    besides = sum(each.practice not in asked for each in entries)
    counted = ", ".join(
        f"{len(found)} {one if len(found) == 1 else many}"
        for found, one, many in (
            (decisions.looks, "observation", "observations"),
            (decisions.accepted_gaps, "accepted gap", "accepted gaps"),
            (decisions.measures, "measure", "measures"),
        )
        if found
    )
    unasked = f"; {besides} about practices that the policy does not ask about" if besides else ""
    return f"{counted} of your own: {decisions.source} sha256:{decisions.sha256[:8]}…{unasked}"


@contextmanager
def _named_by(policy: Path) -> Iterator[None]:
    """A file that can't be read: the user named the policy, and may not know of it."""
    try:
        yield
    except InputInvalid as error:
        if error.hint:
            raise
        raise InputInvalid(
            error.message, location=error.location, hint=f"{policy} names this file; correct the path there"
        ) from error


def session_for_flags(
    root_path: Path, *, flags: SignerFlags, profile: str | None, identity_only: bool, accept_sandbox: bool
) -> Session:
    """What the command line requires: one trusted root, one signer, and a profile unless `identity_only`.

    Raises:
        InputInvalid: flags that contradict each other, or a file that can't be used.
    """
    if identity_only and profile is not None:
        raise InputInvalid("--identity-only and --profile exclude each other")
    root = load_root(root_path)
    insecure = sandbox_notes(root, accepted=accept_sandbox)
    if flags.key:
        key = TrustedKey(pem=read_bounded(flags.key, max_bytes=MAX_KEY_BYTES), root=root.data)
        key_sha256 = open_keyed_backend(key.root, key=key.pem).signer.spki_sha256
        trust = Trust(roots=(), keys=(key,))
    else:
        key_sha256 = None
        trust = Trust(roots=(root.data,))
    open_trust(trust)
    signer = identity.from_flags(
        root_sha256=root.sha256,
        certificate_identity=flags.certificate_identity,
        certificate_oidc_issuer=flags.certificate_oidc_issuer,
        repo=flags.repo,
        signer_workflow=flags.signer_workflow,
        source_ref=flags.source_ref,
        key_sha256=key_sha256,
    )
    policy = None if identity_only else policy_of_profile(DEFAULT_PROFILE if profile is None else profile)
    who = signer.identity or f"key sha256:{key_sha256}"
    return Session(
        trust=trust,
        policy=policy,
        rules=None,
        flagged=signer,
        spki_of_key_file=(),
        enforced=(
            f"{who} ({signer.issuer or 'key'})",
            f"trusted root {root_path} sha256:{root.sha256[:8]}…",
            policy.name if policy else "identity only",
        ),
        insecure=insecure,
        basis=basis_of(
            policy.profile if policy else None,
            roots=(UsedFile(name=root_path.name, path=str(root_path), sha256=root.sha256),),
            identity_only=identity_only,
        ),
    )


def _counted(count: int) -> str:
    return f"{count} required practice{'' if count == 1 else 's'}"


def basis_of(
    profile: str | None,
    *,
    policy: UsedFile | None = None,
    signer_files: tuple[UsedFile, ...] = (),
    own_files: tuple[UsedFile, ...] = (),
    roots: tuple[UsedFile, ...] = (),
    identity_only: bool = False,
    support_until: date | None = None,
) -> RunBasis:
    """What a record says of the files that answers depend on; the catalogue and `profile` are the shipped."""
    catalogue = load_catalogue()
    return RunBasis(
        policy=policy,
        signer_files=signer_files,
        own_files=own_files,
        # Profiles have no versions of their own: those that are shipped belong to the catalogue's edition.
        profile=Edition(id=profile, version=catalogue.version, sha256=load_profile(profile).digest)
        if profile and not identity_only
        else None,
        catalogue=Edition(id=catalogue.id, version=catalogue.version, sha256=catalogue.digest),
        trusted_roots=roots,
        identity_only=identity_only,
        support_until=support_until,
    )


def sandbox_notes(root: TrustedRootFile, *, accepted: bool) -> tuple[str, ...]:
    """What a result has to say about the root: nothing, unless it is a sandbox's.

    Raises:
        InputInvalid: it is a sandbox's, and not accepted.
    """
    if not root.is_sandbox:
        return ()
    if not accepted:
        raise InputInvalid(
            "this is a sandbox trusted root; its keys are not protected",
            location=root.source,
            hint="for a rehearsal pass --insecure-sandbox; every result then says so",
        )
    return (SANDBOX_NOTE.format(path=root.source),)


def _key(path: Path, *, sha256: str) -> bytes:
    return read_pinned(
        path,
        sha256=sha256,
        what="the key file",
        hint="restore the pinned file; only if the project announced a new key, pin that one's digest",
        max_bytes=MAX_KEY_BYTES,
    )
