"""PEP 740 attestations as Sigstore bundles: the same material and signature under other names.

An attestation is `version`, `verification_material` (`certificate`, `transparency_entries`) and `envelope`
(`statement`, `signature`); the index serves those of one file together as *provenance*. Nothing is verified
or repaired here: what an attestation lacks is missing in the bundle, too, and is refused there.

The `publisher` beside the attestations is the index's word about them. It is not read: who signed is what the
certificate says.

Source: PEP 740, "Attestation objects", "Provenance objects"; in-toto attestation, envelope: the payload type
that is signed with the statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from avow.errors import UnsupportedEvidence

BUNDLE_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
"""The version whose material is what an attestation has: one certificate, and entries with their proofs."""

MARK: Final = b'"verification_material"'
"""Every attestation has it."""

_PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
_VERSIONS: Final = (1, "1")
"""The number that PEP 740 asks for; one index wrote it as text."""


def is_attestation(document: Mapping[str, Any]) -> bool:
    """The JSON object is an attestation, sound or not, and nothing that calls itself a bundle."""
    return "mediaType" not in document and {"verification_material", "envelope"} <= document.keys()


def is_provenance(document: Mapping[str, Any]) -> bool:
    """The JSON object is provenance of one file: attestations, grouped by publisher."""
    return "mediaType" not in document and isinstance(document.get("attestation_bundles"), list)


def attestations_in(provenance: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The attestations in `provenance`, each with its JSON pointer; anything else in it is passed over."""
    for number, group in enumerate(provenance["attestation_bundles"]):
        found = group.get("attestations") if isinstance(group, dict) else None
        for index, each in enumerate(found if isinstance(found, list) else ()):
            if isinstance(each, dict):
                yield f"/attestation_bundles/{number}/attestations/{index}", each


def as_bundle(attestation: Mapping[str, Any], *, location: str) -> dict[str, Any]:
    """The bundle that says the same as `attestation`; its fields are as unchecked as before.

    Raises:
        UnsupportedEvidence: an attestation of another version, whose fields may mean something else.
    """
    version = attestation.get("version")
    if isinstance(version, bool) or version not in _VERSIONS:
        raise UnsupportedEvidence(
            f"a PEP 740 attestation of version {str(version)[:40]!r} can't be verified by this version; this "
            "does not mean that it is invalid",
            location=location,
            hint="get the attestation of version 1 from the index, if it has one",
        )
    material, envelope = _object(attestation["verification_material"]), _object(attestation["envelope"])
    return {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {
            "certificate": {"rawBytes": material.get("certificate")},
            "tlogEntries": material.get("transparency_entries", []),
        },
        "dsseEnvelope": {
            "payload": envelope.get("statement"),
            "payloadType": _PAYLOAD_TYPE,
            "signatures": [{"sig": envelope.get("signature")}],
        },
    }


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
