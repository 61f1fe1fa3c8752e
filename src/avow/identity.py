"""Who signed, as the certificate proves it, against who may: every difference is collected.

Source: Fulcio OID table, 1.3.6.1.4.1.57264.1.8 to .22 (`oid-info.md` of sigstore/fulcio).
"""

from __future__ import annotations

from typing import Literal

from avow.domain import Frozen


class SignerIdentity(Frozen):
    """What one Fulcio certificate proves about its holder. Never built from the payload.

    Field comments name the certificate extension under 1.3.6.1.4.1.57264.1. `None` is an absent extension.
    """

    issuer: str  # .8; .1 agreed where present
    san: str
    san_type: Literal["uri", "email", "otherName"]
    build_signer_uri: str | None = None  # .9
    build_signer_digest: str | None = None  # .10
    runner_environment: str | None = None  # .11
    source_repository: str | None = None  # .12
    source_digest: str | None = None  # .13
    source_ref: str | None = None  # .14
    source_repository_id: str | None = None  # .15
    source_owner: str | None = None  # .16
    source_owner_id: str | None = None  # .17
    build_config_uri: str | None = None  # .18
    build_config_digest: str | None = None  # .19
    build_trigger: str | None = None  # .20
    run_invocation_uri: str | None = None  # .21
    source_visibility: str | None = None  # .22

    @property
    def is_ci(self) -> bool:
        """The certificate carries any of the extensions .9 to .22: a workflow signed, not a person."""
        return any(
            getattr(self, name) is not None
            for name in type(self).model_fields
            if name not in {"issuer", "san", "san_type"}
        )


class SignerKey(Frozen):
    """A bare public key: SHA-256 of its DER SubjectPublicKeyInfo, lower-case hex."""

    spki_sha256: str


class Difference(Frozen):
    """One field in which a presented signer differs from an expected one."""

    field: str
    expected: str
    found: str


class ExpectedSigner(Frozen):
    """One row of a policy: who may speak for `component`, bound to one named trusted root."""

    component: str  # canonical purl without version; "*" only from command-line flags
    relationship: str
    rule: str  # where the row stands, `policy.yaml:16`, for messages
    root_sha256: str
    issuer: str | None = None
    identity: str | None = None  # literal, or a pattern that is literal through the repository
    source_repository: str | None = None
    repository_id: str | None = None
    owner_id: str | None = None
    source_ref: str | None = None
    triggers: tuple[str, ...] = ()
    allow_self_hosted: bool = False
    key_sha256: str | None = None  # SHA-256 of the SubjectPublicKeyInfo, for key signers
    valid_from: str | None = None
    revoked_at: str | None = None
