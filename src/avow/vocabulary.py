"""The words of the specification as enumerations: status, strength, voice, outcome, verdict."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """What a project declares about one practice. An absent entry is unknown, which has no status."""

    IMPLEMENTED = "implemented"
    PARTIAL = "partiallyImplemented"
    NOT_IMPLEMENTED = "notImplemented"
    NOT_APPLICABLE = "notApplicable"


class Strength(StrEnum):
    """Ordinal evidence strength; compared, never added or averaged."""

    E0 = "E0"
    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"

    @property
    def meaning(self) -> str:
        """What was seen of the evidence (specification, evidence strength)."""
        return {
            Strength.E0: "a claim alone",
            Strength.E1: "a reference",
            Strength.E2: "a file with its digest",
            Strength.E3: "a look of your own",
            Strength.E4: "somebody else's signature",
        }[self]


class Voice(StrEnum):
    """Who said a fact. Nobody who did not sign, or whose signature was not verified, has a signed voice."""

    PROJECT_SIGNED = "projectSigned"
    PROJECT_UNSIGNED = "projectUnsigned"
    SUPPLIER = "supplier"
    """Whoever delivered the SBOM, or a file with the product."""
    THIRD_PARTY_SIGNED = "thirdPartySigned"
    THIRD_PARTY_UNSIGNED = "thirdPartyUnsigned"
    """Public databases and published results."""
    BUILD_SIGNED = "buildSigned"
    """Verified provenance: it proves where something was built, never a practice."""
    SIGNED_UNVERIFIED = "signedUnverified"
    """A signature is there and was not checked against a listed signer; it proves nothing yet. In surveys."""
    OBSERVED_BY_US = "observedByUs"
    """A tool's result that the consumer's own organisation made."""
    OWN = "own"
    """Somebody of the consumer's own organisation looked, or wrote it."""
    NOBODY = "nobody"


class Outcome(StrEnum):
    """What is known about one required practice, one word each."""

    MET = "met"
    MET_WEAK_EVIDENCE = "metWeakEvidence"
    STALE = "stale"
    SHORTFALL = "shortfall"
    DECLARED_GAP = "declaredGap"
    NOT_APPLICABLE = "notApplicable"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    COMPENSATED = "compensated"
    GAP_ACCEPTED = "gapAccepted"


class Verdict(StrEnum):
    """What the manufacturer has to do about one component."""

    CLEAR = "clear"
    REVIEW_ONLY = "reviewOnly"
    """A yes with something to read: an accepted gap, what does not apply, an open recommendation, or that
    nobody signed a statement."""
    ACTION_NEEDED = "actionNeeded"
    BLOCKED = "blocked"
    VERIFIED = "verified"
    """Identity only: an allowed signer signed a statement about this subject; no practice was judged."""


class Basis(StrEnum):
    """How a statement is related to the subject."""

    DIGEST = "digest"
    """It lists a digest of this very artefact."""
    COMPONENT = "component"
    """It names the component, and lists digests of other artefacts."""
