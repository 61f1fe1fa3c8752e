"""What a consumer requires, and what follows from accepted statements.

Source: predicate.md, "From facts to a record" and "Policy rules that keep a yes honest".
"""

from avow.catalogue.profiles import profile_names
from avow.policy.conclude import Conclusion, conclude
from avow.policy.decisions import MAX_DECISIONS_BYTES, Decisions, parse_decisions
from avow.policy.document import (
    MAX_SIGNER_FILE_BYTES,
    Policy,
    TrustedRootEntry,
    parse_policy,
    policy_of_profile,
)
from avow.policy.signers import KeyFile
from avow.policy.standing import Elsewhere, Superseded, Unheard, standing

__all__ = [
    "MAX_DECISIONS_BYTES",
    "MAX_SIGNER_FILE_BYTES",
    "Conclusion",
    "Decisions",
    "Elsewhere",
    "KeyFile",
    "Policy",
    "Superseded",
    "TrustedRootEntry",
    "Unheard",
    "conclude",
    "parse_decisions",
    "parse_policy",
    "policy_of_profile",
    "profile_names",
    "standing",
]
