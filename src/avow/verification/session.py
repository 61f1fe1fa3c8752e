"""What one run enforces: a policy or flags, with the trusted roots and keys they name loaded and pinned.

Built once per run, then asked for every subject: that is what makes batches fast.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from avow import identity
from avow.errors import InputInvalid, Problem
from avow.files import read_bounded
from avow.formats.purl import Purl
from avow.identity import ExpectedSigner
from avow.policy import Policy, parse_policy, policy_of_profile
from avow.transparency import open_backend, open_keyed_backend
from avow.transparency.backend import Backend
from avow.transparency.trusted_root import TrustedRootFile, load_root
from avow.values import Frozen

MAX_POLICY_BYTES: Final = 1024 * 1024
MAX_KEY_BYTES: Final = 64 * 1024
DEFAULT_PROFILE: Final = "orc-light"
SANDBOX_NOTE: Final = (
    "sandbox: the trusted root {path} is a local sandbox's; what it vouches for is a rehearsal"
)


class SignerFlags(Frozen):
    """Who may have signed, as said on the command line; `identity.from_flags` explains each."""

    certificate_identity: str | None = None
    certificate_oidc_issuer: str | None = None
    repo: str | None = None
    signer_workflow: str | None = None
    source_ref: str | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The roots to verify against, who may speak, and what is asked of them."""

    policy: Policy | None
    """None: identity alone is verified, and nothing is ever satisfied."""
    rows: Policy | None
    """The policy whose rows say who may speak; None where `flagged` does."""
    flagged: ExpectedSigner | None
    keys: Mapping[str, str]
    """SHA-256 of each key file to that of its DER SubjectPublicKeyInfo."""
    backends: tuple[Backend, ...]
    enforced: tuple[str, ...]
    insecure: tuple[str, ...]
    evidence_signers: tuple[ExpectedSigner, ...] = ()
    """Whose signature makes evidence E4; never somebody whom a statement names."""

    @property
    def only_component(self) -> Purl | None:
        """The one component that the policy is about; None where a flag names the signer of whatever it is.

        Raises:
            InputInvalid: the rows name several: whoever may speak for one could answer for another.
        """
        if self.rows is None:
            return None
        named = {row.component.text: row.component for row in self.rows.signers if row.component}
        if len(named) != 1 or any(row.whole_namespace for row in self.rows.signers):
            raise InputInvalid(
                "the policy lists signers of several components",
                location=self.rows.source,
                hint="say which component the artefact is with --purl",
            )
        return next(iter(named.values()))

    def signers_for(self, component: Purl | None) -> tuple[ExpectedSigner, ...]:
        """Who may speak for `component`; empty means nobody.

        None is an artefact that nobody named: only a signer given on the command line may speak for it.
        """
        if self.flagged is not None:
            return (self.flagged,)
        if self.rows is None or component is None:
            return ()
        return self.rows.signers_for(component, keys=self.keys)


def enforce_policy(path: Path, *, identity_only: bool, accept_sandbox: bool, now: datetime) -> Enforcement:
    """What the policy in `path` asks; files it names are relative to it.

    Raises:
        InputInvalid: the policy or a file it names can't be used, or a root is a sandbox's and that was not
            accepted.
    """
    policy = parse_policy(read_bounded(path, max_bytes=MAX_POLICY_BYTES), source=str(path), today=now.date())
    roots = {entry.sha256: load_root(path.parent / entry.path, sha256=entry.sha256) for entry in policy.trust}
    insecure = tuple(
        note for root in roots.values() for note in _sandbox_notes(root, accepted=accept_sandbox)
    )
    backends: list[Backend] = [open_backend(root.data, now=now) for root in roots.values()]
    keys: dict[str, str] = {}
    for named in policy.key_files:
        pem = _key(path.parent / named.path, sha256=named.sha256)
        keyed = open_keyed_backend(roots[named.root_sha256].data, key=pem, now=now)
        keys[named.sha256] = keyed.signer.spki_sha256
        backends.append(keyed)
    signers = tuple(
        f"{row.identity or row.key_file} for {row.component} ({row.relationship})" for row in policy.signers
    )
    trust = tuple(f"trusted root {entry.name} sha256:{entry.sha256[:8]}…" for entry in policy.trust)
    asked = (
        "identity only"
        if identity_only
        else f"profile {policy.profile or 'none'}, {len(policy.required)} required"
    )
    return Enforcement(
        policy=None if identity_only else policy,
        rows=policy,
        flagged=None,
        evidence_signers=tuple(row.expected(keys) for row in policy.evidence_signers),
        keys=keys,
        backends=tuple(backends),
        enforced=(*signers, *trust, asked),
        insecure=insecure,
    )


def enforce_flags(
    root_path: Path,
    *,
    flags: SignerFlags,
    profile: str | None,
    identity_only: bool,
    accept_sandbox: bool,
    now: datetime,
) -> Enforcement:
    """What the command line asks: one trusted root, one signer, and a shipped profile unless identity only.

    Raises:
        InputInvalid: flags that contradict each other, or a file that can't be used.
    """
    root = load_root(root_path)
    insecure = _sandbox_notes(root, accepted=accept_sandbox)
    key_sha256 = None
    backend: Backend
    if flags.key:
        keyed = open_keyed_backend(root.data, key=read_bounded(flags.key, max_bytes=MAX_KEY_BYTES), now=now)
        backend, key_sha256 = keyed, keyed.signer.spki_sha256
    else:
        backend = open_backend(root.data, now=now)
    signer = identity.from_flags(
        root_sha256=root.sha256,
        certificate_identity=flags.certificate_identity,
        certificate_oidc_issuer=flags.certificate_oidc_issuer,
        repo=flags.repo,
        signer_workflow=flags.signer_workflow,
        source_ref=flags.source_ref,
        key_sha256=key_sha256,
    )
    policy = None if identity_only else policy_of_profile(profile or DEFAULT_PROFILE)
    who = signer.identity or f"key sha256:{key_sha256}"
    return Enforcement(
        policy=policy,
        rows=None,
        flagged=signer,
        keys={},
        backends=(backend,),
        enforced=(
            f"{who} ({signer.issuer or 'key'})",
            f"trusted root {root_path} sha256:{root.sha256[:8]}…",
            policy.name if policy else "identity only",
        ),
        insecure=insecure,
    )


def _sandbox_notes(root: TrustedRootFile, *, accepted: bool) -> tuple[str, ...]:
    if not root.is_sandbox:
        return ()
    if not accepted:
        raise InputInvalid(
            "this trusted root is a local sandbox's: its keys lie around on some machine",
            location=root.source,
            hint="for a rehearsal pass --insecure-sandbox; every result then says so",
        )
    return (SANDBOX_NOTE.format(path=root.source),)


def _key(path: Path, *, sha256: str) -> bytes:
    pem = read_bounded(path, max_bytes=MAX_KEY_BYTES)
    found = hashlib.sha256(pem).hexdigest()
    if found != sha256:
        raise InputInvalid(
            "a key file is not the one that was pinned",
            problems=(Problem(str(path), 0, 0, f"it is sha256:{found}, the policy says sha256:{sha256}"),),
        )
    return pem
