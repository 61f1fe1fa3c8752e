"""Looking inside a bundle: claims and certificate facts apart, and no verdict."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from support.pipeline import (
    NOW_TEXT,
    RELEASE_WORKFLOW,
    SHA256,
    Setting,
    declaration,
    json_bytes,
    repo_file,
    security_contact,
)
from support.virtual_sigstore import NOW, V01, V02, VirtualSigstore, encoded

from avow.errors import BundleMalformed, InputInvalid
from avow.statement.types import STATEMENT_TYPE_V1
from avow.transparency.trusted_root import load_root
from avow.verification.inspection import look

CLAIMED = "claimed by whoever wrote it"
UNVERIFIED = "its certificate, unverified"


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A trusted root and an empty store."""
    return Setting(tmp_path)


def seen(setting: Setting, path: Path, *, root: str = "pinned") -> dict[str, Any]:
    """What inspection shows, with a root."""
    return look(path, root=load_root(setting.directory / f"{root}.json"), now=NOW)[0]


def test_claims_and_facts_stand_apart(setting: Setting) -> None:
    """The statement's words under one heading, certificate and times under another."""
    shown = seen(setting, setting.sign(declaration(security_contact(evidence=[repo_file("ab" * 32)]))))
    assert set(shown) == {"bundle", CLAIMED, "verified"}
    assert shown[CLAIMED]["project"] == "acmelib"
    assert shown[CLAIMED]["practices"] == [
        {
            "id": "VUL-01",
            "status": "implemented",
            "reviewedAt": "reviewed 2026-11-10",
            "evidence": "evidence 1",
        }
    ]
    assert shown["verified"]["signer"]["san"] == f"{RELEASE_WORKFLOW}@refs/tags/v2.4.1"
    assert shown["verified"]["signed at"] == [f"{NOW_TEXT}  rekor"]
    assert "sandbox" not in shown["verified"]["against"]
    assert "san" not in json.dumps(shown[CLAIMED])
    json.dumps(shown)


def test_a_sandbox_is_said_to_be_one(tmp_path: Path) -> None:
    """What it vouches for is a rehearsal."""
    setting = Setting(tmp_path, virtual=VirtualSigstore())
    assert "sandbox" in seen(setting, setting.sign(declaration()))["verified"]["against"]


def test_without_a_root_nothing_is_verified(setting: Setting) -> None:
    """And it says how to."""
    shown = look(setting.sign(declaration()), root=None, now=NOW)[0]
    assert shown["verified"].startswith("nothing:")
    assert shown[CLAIMED]["purls"] == ["pkg:pypi/acmelib@2.4.1"]


def test_a_bundle_that_does_not_verify_is_still_shown(setting: Setting) -> None:
    """With the reason; what it claims is as forgeable as ever."""
    setting.trust("other", VirtualSigstore(organisation="other").root())
    path = setting.sign(declaration())
    assert "[root-too-old]" in seen(setting, path, root="other")["verified"]
    key = setting.sign(declaration(), signer=setting.virtual.managed_key())
    assert "[bundle-unsupported]" in seen(setting, key)["verified"]


def test_little_said_is_shown_as_such(setting: Setting) -> None:
    """No source, no review, an observation without status."""
    predicate = declaration({"id": "GOV-03", "facts": {"releases": 3}}, scope_source=None, scope_purls=[])
    shown = look(setting.sign(predicate), root=None, now=NOW)[0][CLAIMED]
    assert (shown["source"], shown["commit"]) == ("not said", "not said")
    assert shown["practices"] == [{"id": "GOV-03", "status": "facts only", "reviewedAt": "", "evidence": ""}]


def test_a_statement_of_another_kind(setting: Setting) -> None:
    """Its type and artefacts are shown, and it verifies like any."""
    shown = seen(setting, setting.sign({}, predicate_type="https://slsa.dev/provenance/v1"))
    assert shown[CLAIMED]["predicate type"] == "https://slsa.dev/provenance/v1"
    assert SHA256 in shown[CLAIMED]["artefacts"][0]
    assert shown["verified"]["signer"]
    lost = json_bytes({"_type": STATEMENT_TYPE_V1, "predicateType": "x", "subject": []})
    shown = seen(setting, setting.bundle(lost, signer=setting.workflow()))
    assert "no subject" in shown[CLAIMED]["artefacts"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"1",
        b"null",
        b'{"dsseEnvelope": 1}',
        b'{"dsseEnvelope": {"payloadType": "x", "payload": 1}}',
        b'{"dsseEnvelope": {"payloadType": "x", "payload": "*"}}',
        b'{"dsseEnvelope": {"payloadType": "x", "payload": "\xc3\xa9"}}',
        b'{"dsseEnvelope": {"payload": ""}}',
        b'{"a":1,"a":1}',
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_what_is_no_bundle(setting: Setting, content: bytes) -> None:
    """Refused as malformed, whatever the bytes."""
    with pytest.raises(BundleMalformed):
        look(setting.put(content), root=None, now=NOW)


def test_what_is_signed_is_no_statement(setting: Setting) -> None:
    """How much of it there is, and why it is none."""
    path = setting.bundle(b"four", signer=setting.workflow(), payload_type="text/plain")
    assert "4 bytes of type text/plain" in seen(setting, path)[CLAIMED]["signs"]
    assert seen(setting, path)["verified"]["signer"]


def test_a_signature_over_an_artefact(setting: Setting) -> None:
    """Its digest is shown, and verified against the bundle's own words only."""
    message = setting.virtual.message_bundle(b"artefact", signer=setting.workflow())
    shown = seen(setting, setting.put(encoded(message)))
    assert hashlib.sha256(b"artefact").hexdigest() in shown[CLAIMED]["signs"]
    assert shown["verified"]["signer"]["san"].startswith(RELEASE_WORKFLOW)
    del message["messageSignature"]["messageDigest"]
    with pytest.raises(BundleMalformed):
        seen(setting, setting.put(encoded(message)))


def test_a_certificate_is_shown_unverified_until_a_root_is_given(setting: Setting) -> None:
    """Whoever writes a policy copies issuer and identity from there."""
    path = setting.sign(declaration())
    named = look(path, root=None, now=NOW)[0][UNVERIFIED]
    assert named == seen(setting, path)["verified"]["signer"]
    assert UNVERIFIED not in seen(setting, path)
    key = setting.sign(declaration(), signer=setting.virtual.managed_key())
    assert "bare key" in look(key, root=None, now=NOW)[0][UNVERIFIED]


@pytest.mark.parametrize("media_type", [V01, V02])
def test_the_certificate_of_an_older_bundle(setting: Setting, media_type: str) -> None:
    """The first of its chain."""
    shown = look(setting.sign(declaration(), media_type=media_type), root=None, now=NOW)[0]
    assert shown[UNVERIFIED]["san"].startswith(RELEASE_WORKFLOW)


@pytest.mark.parametrize(
    "material",
    [
        None,
        1,
        [],
        {},
        {"certificate": {}},
        {"certificate": 1},
        {"certificate": {"rawBytes": "*"}},
        {"certificate": {"rawBytes": "AAAA"}},
        {"x509CertificateChain": {"certificates": []}},
    ],
)
def test_a_certificate_that_can_not_be_read(setting: Setting, material: object) -> None:
    """Said to be unreadable; the claims are shown all the same."""
    bundle = setting.virtual.bundle(b"{}", signer=setting.workflow())
    bundle["verificationMaterial"] = material
    assert look(setting.put(encoded(bundle)), root=None, now=NOW)[0][UNVERIFIED] == "none that can be read"


def test_a_certificate_with_two_subjects(setting: Setting) -> None:
    """One that can be read two ways is not read."""
    names = [x509.RFC822Name("a@example.org"), x509.RFC822Name("b@example.org")]
    two = setting.virtual.person("a@example.org", names=names)
    assert "2 subjects" in look(setting.sign(declaration(), signer=two), root=None, now=NOW)[0][UNVERIFIED]


def test_what_a_statement_says_about_itself(setting: Setting) -> None:
    """Its kind, and its dates, even where `avow verify` would refuse it for them."""
    far = setting.sign(declaration(declaredAt="2029-11-20T11:00:00Z", validUntil="2028-01-01T00:00:00.5Z"))
    shown = look(far, root=None, now=NOW)[0][CLAIMED]
    assert shown["kind"] == "release"
    assert shown["declaredAt"] == "2029-11-20T11:00:00Z"
    assert shown["validUntil"] == "2028-01-01T00:00:00Z"


def test_a_file_that_is_not_there(setting: Setting) -> None:
    """The user named it."""
    with pytest.raises(InputInvalid):
        look(setting.directory / "none", root=None, now=NOW)[0]


def test_every_bundle_of_a_file(setting: Setting) -> None:
    """In whatever form `avow verify` reads; what is none is said in its place."""
    one = json.loads(setting.sign(declaration()).read_bytes())
    line = json.dumps(one)
    forms = {
        "array": (f"[{line}, {line}]", ["#/0", "#/1"]),
        "lines": (f"{line}\n{line}\n", [":1", ":2"]),
        "answer": (json.dumps({"attestations": [{"bundle": one}]}), ["#/attestations/0/bundle"]),
        "wrapped": (json.dumps({"bundle": one}), ["#/bundle"]),
        "command line": (json.dumps([{"attestation": {"bundle": one}}]), ["#/0/attestation/bundle"]),
        "indented": (json.dumps(one, indent=2) + "\n" + json.dumps(one, indent=2), [":1", ":"]),
    }
    for name, (text, places) in forms.items():
        path = setting.put(text.encode(), name=name)
        seen = look(path, root=None, now=NOW)
        assert [each["bundle"].startswith(f"{path}{place}") for each, place in zip(seen, places, strict=True)]
        assert {each[CLAIMED]["project"] for each in seen} == {"acmelib"}, name
    mixed = look(setting.put(f'{line}\n{{"n": 1}}\n'.encode(), name="mixed"), root=None, now=NOW)
    assert [list(each)[1] for each in mixed] == [CLAIMED, "can't be read"]
