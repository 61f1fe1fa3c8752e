"""Who signed, as a certificate or a key proves it.

Source: Fulcio OID table, 1.3.6.1.4.1.57264.1.8 to .22 (`oid-info.md` of sigstore/fulcio).
"""

from __future__ import annotations

from typing import Literal

from avow.values import Frozen


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

    def __str__(self) -> str:
        return f"{self.san} ({self.issuer})"


class SignerKey(Frozen):
    """A bare public key: SHA-256 of its DER SubjectPublicKeyInfo, lower-case hex."""

    spki_sha256: str

    def __str__(self) -> str:
        return f"key {self.spki_sha256}"


def signer_facts(signer: SignerIdentity | SignerKey) -> dict[str, str]:
    """What the certificate or key says, absent extensions left out."""
    return {name: value for name, value in signer.model_dump().items() if value is not None}
