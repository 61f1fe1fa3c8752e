"""Weaknesses that were found by attacking the finished pipeline; each test is the attack."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.backends import open_backend, open_keyed_backend
from support.pipeline import (
    ARTEFACT,
    SHA256,
    Setting,
    declaration,
    finding,
    outcomes,
    repo_file,
    security_contact,
)
from support.virtual_sigstore import NOW, VirtualSigstore, encoded, statement

from avow.catalogue.observations import ObservationInvalid, observe
from avow.catalogue.practices import load_catalogue
from avow.declaration.avow_yaml import parse_declaration
from avow.drafting.checkout import open_checkout
from avow.errors import EXIT_SATISFIED, EXIT_UNSATISFIED, InputInvalid, PredicateInvalid
from avow.files import write_atomically
from avow.formats.yaml_nodes import reading
from avow.resolve import resolve_subject
from avow.signing.pipeline import prepare
from avow.statement.in_toto import read_statement
from avow.statement.types import PREDICATE_TYPE
from avow.transparency.trusted_root import read_root
from avow.values import utc_text
from avow.verification.session import session_for_policy
from avow.vocabulary import Outcome, Voice

CURVE_SM2 = bytes.fromhex("06082a811ccf5501822d")
"""DER of the object identifier of a curve that `cryptography` does not know."""


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path)


def _respelled(value: Any) -> Any:
    """The JSON with protobuf's own field names: `cert_chain` for `certChain`."""
    if isinstance(value, dict):
        return {
            re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): _respelled(item)
            for name, item in value.items()
        }
    return [_respelled(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("field", ["certificateAuthorities", "timestampAuthorities", "tlogs"])
def test_a_sandbox_root_in_another_spelling_is_refused(field: str) -> None:
    """Sigstore also reads `cert_chain`, so the check for the sandbox's name must not miss it."""
    root = VirtualSigstore().trusted_root()
    root[field] = _respelled(root[field])
    with pytest.raises(InputInvalid):
        read_root(encoded(root), source="root")
    with pytest.raises(InputInvalid):
        open_backend(encoded(root), now=NOW)


def test_a_root_whose_base64_is_not_ascii_is_refused() -> None:
    """base64 raises a different exception for it than for other damage."""
    root = VirtualSigstore(organisation="acme").trusted_root()
    root["certificateAuthorities"][0]["certChain"]["certificates"][0]["rawBytes"] += "é"
    assert read_root(encoded(root), source="root").services
    with pytest.raises(InputInvalid):
        open_backend(encoded(root), now=NOW)


def test_removing_evidence_does_not_refresh_a_practice_that_is_not_applicable(setting: Setting) -> None:
    """The age of evidence does not count for it; without the evidence that is asked it is not confirmed."""
    setting.ask("require: [{practice: DEP-01, evidence: E2, within: 400 days, by: declarant}]")
    sha256 = setting.keep(b"a file of long ago")
    reason = next(p for p in load_catalogue().practices if p.id == "DEP-01").not_applicable_reasons[0]
    entry = {
        "id": "DEP-01",
        "status": "notApplicable",
        "reason": reason,
        "justification": "it has none",
        "reviewedAt": "2026-11-10",
        "evidence": [repo_file(sha256, retrievedAt="2020-01-01T00:00:00Z")],
    }
    setting.sign(declaration(entry))
    with_bytes, without = setting.decide(), setting.decide(evidence={})
    assert outcomes(with_bytes) == outcomes(without) == {"DEP-01": Outcome.NOT_APPLICABLE}
    assert (with_bytes.exit_code, without.exit_code) == (0, EXIT_UNSATISFIED)


@pytest.mark.parametrize("facts", [{"anything": True}, {"lifecycleState": "splendid"}, {"lastRelease": None}])
def test_facts_that_the_catalogue_does_not_know_state_nothing(
    setting: Setting, facts: dict[str, object]
) -> None:
    """An observation has no conditions that would notice unknown facts."""
    setting.ask("require: [{practice: GOV-03}]")
    setting.sign(declaration({"id": "GOV-03", "reviewedAt": "2026-11-10", "facts": facts}))
    decision = setting.decide()
    assert decision.exit_code == EXIT_UNSATISFIED
    assert outcomes(decision) == {"GOV-03": Outcome.UNKNOWN}


def test_an_observation_without_a_verified_result_is_a_claim(setting: Setting) -> None:
    """Nothing was observed if no machine's result was verified."""
    setting.ask("require: [{practice: GOV-03}]")
    facts = {"lifecycleState": "active"}
    setting.sign(declaration({"id": "GOV-03", "reviewedAt": "2026-11-10", "facts": facts}))
    decision = setting.decide()
    assert decision.exit_code == EXIT_SATISFIED
    assert finding(decision, "GOV-03").voice is Voice.PROJECT_SIGNED


def test_a_requirement_without_relationships_is_refused(setting: Setting) -> None:
    """An empty list would otherwise accept everybody."""
    setting.ask("require: [{practice: VUL-01, relationships: []}]")
    setting.sign(declaration())
    with pytest.raises(InputInvalid):
        setting.decide()


def test_a_key_on_an_unknown_curve_is_refused() -> None:
    """The library raises its own kind of exception for it."""
    algorithm = bytes.fromhex("06072a8648ce3d0201") + CURVE_SM2
    point = b"\x03\x42\x00\x04" + b"\x01" * 64
    inner = b"\x30" + bytes([len(algorithm)]) + algorithm + point
    der = b"\x30" + bytes([len(inner)]) + inner
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(der) + b"\n-----END PUBLIC KEY-----\n"
    with pytest.raises(InputInvalid):
        open_keyed_backend(VirtualSigstore().root(), key=pem, now=NOW)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_observation_at_the_ends_of_time_is_refused(moment: str) -> None:
    """In UTC it is outside the calendar."""
    result = {"date": moment, "repo": {"name": "github.com/acme/acmelib", "commit": "5e" * 20}}
    with pytest.raises(ObservationInvalid):
        observe(encoded(result), check=None)


def test_an_escape_beyond_every_integer_is_a_problem() -> None:
    """`chr` raises a different exception for it than for one that is just outside Unicode."""
    with (
        pytest.raises(InputInvalid) as refused,
        reading(rb'a: "\UFFFFFFFF"', source="avow.yaml", message="no"),
    ):
        pass
    assert refused.value.problems


@pytest.mark.parametrize("linked", [False, True])
def test_output_replaces_only_files(tmp_path: Path, *, linked: bool) -> None:
    """As root in a container, a result written to /dev/null would replace it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    place = tmp_path / "link" if linked else pipe
    if linked:
        place.symlink_to(pipe)
    with pytest.raises(InputInvalid):
        write_atomically(place, b"result")
    assert pipe.is_fifo()
    assert place.is_symlink() is linked


@pytest.mark.parametrize(("days", "outcome"), [(300, Outcome.MET), (398, Outcome.STALE)])
@pytest.mark.parametrize("retrieved", [{}, {"retrievedAt": utc_text(NOW)}])
def test_third_party_evidence_is_as_old_as_its_signature(
    setting: Setting, retrieved: dict[str, str], days: int, outcome: Outcome
) -> None:
    """An old audit, cited with a new retrieval date or with none, is still old."""
    issuer = setting.virtual.issuer.url
    signers = (
        f'[{{relationship: assessor, root: pinned, issuer: "{issuer}", identity: auditor@example.org, '
        f"predicateTypes: [{PREDICATE_TYPE}]}}]"
    )
    required = "{practice: VUL-01, evidence: E4, within: 365 days, by: declarant}"
    setting.ask(f"require: [{required}]", f"evidenceSigners: {signers}")
    audited = NOW - timedelta(days=days)
    with setting.virtual.at(audited):
        auditor = setting.virtual.person("auditor@example.org")
        made = declaration(security_contact(reviewedAt=str(audited.date())), declaredAt=utc_text(audited))
        payload = statement(made, sha256_hex=SHA256)
        audit = encoded(setting.virtual.bundle(payload, signer=auditor))
    cited = repo_file(setting.keep(audit), type="audit", strength="E4")
    del cited["retrievedAt"]
    setting.sign(declaration(security_contact(evidence=[cited | retrieved])))
    assert outcomes(setting.decide()) == {"VUL-01": outcome}


def _checkout_with_a_secret(directory: Path) -> None:
    for arguments in (
        ("init", "--quiet"),
        ("config", "http.https://forge.example/.extraheader", "AUTHORIZATION: basic c2VjcmV0"),
    ):
        subprocess.run(["git", "-C", str(directory), *arguments], check=True)
    (directory / "SECURITY.md").symlink_to(".git/config")
    (directory / "acmelib.tar.gz").write_bytes(b"an artefact")


def test_a_link_to_the_checkout_s_configuration_is_not_read(tmp_path: Path) -> None:
    """CI keeps the job's token there."""
    _checkout_with_a_secret(tmp_path)
    assert open_checkout(tmp_path).read("SECURITY.md", max_bytes=1000).data == b""


def test_a_link_to_the_checkout_s_configuration_is_not_published(tmp_path: Path) -> None:
    """Evidence is published with the bundle, so it would be public with the release."""
    _checkout_with_a_secret(tmp_path)
    text = b"""
avow: "0.1"
project: {name: acmelib}
declarant: {relationship: maintainer}
practices:
  VUL-01:
    status: implemented
    reviewedAt: "2026-11-10"
    privateReporting: true
    contacts: [{web: "https://acme.example/report"}]
    evidence: [{file: SECURITY.md}]
"""
    catalogue = load_catalogue()
    declared = parse_declaration(text, source="avow.yaml", catalogue=catalogue, today=date(2026, 11, 20))
    with pytest.raises(InputInvalid) as refused:
        prepare(
            declared,
            (str(tmp_path / "acmelib.tar.gz"),),
            source="avow.yaml",
            base=tmp_path,
            release="1.0",
            commit=None,
            committed=lambda _path: None,
            credential=None,
            catalogue=catalogue,
            now=NOW,
        )
    assert [problem.practice for problem in refused.value.problems] == ["VUL-01"]


def test_a_refusal_of_a_thousand_places_stays_readable() -> None:
    """Anybody can sign a predicate; a message about it must not fill a terminal or a log."""
    payload = statement(declaration(security_contact()) | {"practices": [0] * 1000})
    with pytest.raises(PredicateInvalid) as refused:
        read_statement(payload, payload_type="application/vnd.in-toto+json")
    assert len(refused.value.message) < 1000


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "sha3_256"])
def test_a_no_of_our_own_counts_by_whichever_digest_it_names_the_file(
    algorithm: str, setting: Setting
) -> None:
    """The file is in hand, so every digest can be compared; no statement needs to use the same algorithm."""
    file = setting.directory / "acmelib-2.4.1.tar.gz"
    file.write_bytes(ARTEFACT)
    own = setting.directory / "own.yaml"
    own.write_text(
        "avow-observations: 1\nobservations:\n  - {practice: VUL-01, for: 'pkg:pypi/acmelib', "
        f"saw: notInPlace, source: their pages, date: 2026-11-20, who: us, "
        f"artefact: '{algorithm}:{hashlib.new(algorithm, ARTEFACT).hexdigest()}'}}\n",
        encoding="utf-8",
    )
    setting.sign(declaration())
    session = session_for_policy(
        setting.policy, identity_only=False, accept_sandbox=False, today=NOW.date(), observations=(own,)
    )
    subject = resolve_subject(str(file), purl="pkg:pypi/acmelib@2.4.1")
    assert outcomes(setting.decide(subject=subject, session=session)) == {"VUL-01": "declaredGap"}
