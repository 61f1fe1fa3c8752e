"""Who signed, as the certificate proves it, against who may: every difference is collected."""

from avow.identity.flags import from_flags
from avow.identity.matching import admitting, match
from avow.identity.rules import (
    HOSTED_RUNNERS,
    UNSTATED,
    WRITERS_TRIGGERS,
    Difference,
    ExpectedSigner,
    SignerRuleProblem,
    signer_rule_problems,
)
from avow.identity.signer import SignerIdentity, SignerKey, signer_facts
from avow.identity.workflows import GITHUB_ISSUER, repository_of

__all__ = [
    "GITHUB_ISSUER",
    "HOSTED_RUNNERS",
    "UNSTATED",
    "WRITERS_TRIGGERS",
    "Difference",
    "ExpectedSigner",
    "SignerIdentity",
    "SignerKey",
    "SignerRuleProblem",
    "admitting",
    "from_flags",
    "match",
    "repository_of",
    "signer_facts",
    "signer_rule_problems",
]
