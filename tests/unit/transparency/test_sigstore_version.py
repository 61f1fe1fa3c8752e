"""sigstore-python is used through private parts, so each new release is reviewed before it is used.

When this fails after an upgrade: read the release's changes to the names below and to `Verifier`, adapt
`avow.transparency.sigstore` and `avow.transparency.trusted_root`, and then the version here.
"""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

import pytest
from sigstore import dsse
from sigstore._internal import sct, trust
from sigstore.models import Bundle, TransparencyLogEntry, TrustedRoot
from sigstore.verify import Verifier
from sigstore_models.trustroot.v1 import TrustedRoot as RootModel
from support.bundle_mutations import PROBLEMS, World
from support.virtual_sigstore import VirtualSigstore

from avow.transparency import sigstore as verification

READ: str = "4.5.1"
"""The release whose source `avow.transparency.sigstore` was written against."""


def test_the_installed_release_is_the_reviewed_one() -> None:
    """Private names may change in any release."""
    assert version("sigstore") == READ


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (Verifier._establish_time, ["self", "bundle"]),
        (Verifier._verify_timestamp_authority, ["self", "bundle"]),
        (Verifier._verify_chain_at_time, ["self", "certificate", "timestamp_result"]),
        (Verifier._verify_common_signing_cert, ["self", "bundle", "policy"]),
        (TransparencyLogEntry._verify, ["self", "keyring"]),
        (TransparencyLogEntry._encode_canonical, ["self"]),
        (trust.Keyring.verify, ["self", "key_id", "signature", "data"]),
        (TrustedRoot.rekor_keyring, ["self", "purpose"]),
        (TrustedRoot.ct_keyring, ["self", "purpose"]),
        (sct.verify_sct, ["cert", "chain", "ct_keyring"]),
        (dsse._verify, ["key", "evp"]),
    ],
)
def test_overridden_methods_have_the_same_signature(function: Any, parameters: list[str]) -> None:
    """An override of a method that is no longer called would check nothing."""
    assert list(inspect.signature(function).parameters) == parameters


@pytest.mark.parametrize(
    ("caller", "called"),
    [
        (Verifier._verify_common_signing_cert, "self._establish_time("),
        (Verifier._verify_common_signing_cert, "self._verify_chain_at_time("),
        (Verifier._verify_common_signing_cert, "self._trusted_root.ct_keyring("),
        (Verifier._verify_common_signing_cert, "self._trusted_root.rekor_keyring("),
        (Verifier._verify_common_signing_cert, "policy.verify("),
        (Verifier._establish_time, "self._verify_timestamp_authority("),
        (Verifier.verify_dsse, "self._verify_common_signing_cert("),
        (Verifier.verify_artifact, "self._verify_common_signing_cert("),
        (TransparencyLogEntry._verify_set, "self._encode_canonical("),
    ],
)
def test_overridden_methods_are_still_called(caller: Any, called: str) -> None:
    """The hooks that our checks depend on still exist."""
    assert called in inspect.getsource(caller)


UPSTREAM_ACCEPTS = {
    "authority-not-yet-in-use",
    "authority-retired",
    "base64-with-blanks",
    "ct_log-not-yet-in-use",
    "ct_log-retired",
    "dns-subject",
    "field-in-another-spelling",
    "foreign-other-name",
    "issued-before-authority-used-after",
    "issuer-empty",
    "issuer-no-der",
    "no-issuer",
    "no-subject",
    "old-issuer-no-utf-8",
    "payload-before-payload",
    "proof-for-another-tree-size",
    "rekor1-foreign-timestamp",
    "rekor1-foreign-timestamp-bare",
    "rekor1-timestamp-before-its-authority",
    "rekor1-timestamp-edited",
    "rekor1-timestamp-of-another-signature",
    "rekor2-checkpoint-size-spelt-otherwise",
    "rekor_v1-not-yet-in-use",
    "rekor_v1-retired",
    "rekor_v2-retired",
    "repository-no-der",
    "repository-of-another-type",
    "repository-with-a-tail",
    "root-in-chain",
    "second-leaf",
    "signed-in-the-future",
    "too-large",
    "tsa-not-yet-in-use",
    "tsa-retired",
    "two-issuers",
    "two-subjects",
}
"""Bundles that only sigstore-python accepts, with any signer; docs/verification.md lists them."""


class _Anyone:
    def verify(self, cert: object) -> None:
        """Accept any certificate."""


def test_upstream_gaps_match_the_documentation() -> None:
    """If upstream closes or opens a gap, the page and this table change together."""
    world = World(VirtualSigstore(), VirtualSigstore())
    accepted = set()
    for case in PROBLEMS:
        if case.name.startswith(("message", "rekor2-message")):
            continue
        bundle, root = case.bytes_in(world)
        try:
            trusted = TrustedRoot(RootModel.from_json(root))
            Verifier(trusted_root=trusted).verify_dsse(Bundle.from_json(bundle), _Anyone())
        except Exception:  # noqa: BLE001, S112  upstream's refusals have many types, which is one of the findings
            continue
        accepted.add(case.name)

    assert accepted == UPSTREAM_ACCEPTS


def test_upstreams_policies_are_not_used() -> None:
    """`UnsafeNoOp` accepts everybody and must not be used."""
    assert "sigstore.verify.policy" not in inspect.getsource(verification)
    assert "UnsafeNoOp" not in inspect.getsource(verification)
