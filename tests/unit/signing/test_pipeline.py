"""From a declaration to a bundle on disk: everything is checked before signing, and verified afterwards."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from in_toto_attestation.v1.statement import Statement as SecondOpinion
from support.silence import silent_service
from support.virtual_sigstore import VirtualSigstore, encoded

from avow.catalogue.practices import load_catalogue
from avow.declaration.avow_yaml import Declaration, parse_declaration
from avow.errors import InputInvalid, ServiceUnavailable
from avow.resolve import resolve_subject
from avow.sandbox import Sandbox
from avow.signing import client as signing
from avow.signing import pipeline as attest
from avow.signing.client import Credential, SigningService
from avow.signing.pipeline import Prepared, check_destination, prepare, publish
from avow.statement.in_toto import read_statement, write_statement
from avow.statement.predicate import LIMITATION
from avow.statement.types import PAYLOAD_TYPE
from avow.stores import open_store
from avow.stores.evidence import EvidenceDirectory
from avow.subject import Digest, Subject
from avow.transparency import open_backend
from avow.values import utc_text
from avow.verification.judge import verify
from avow.verification.session import SignerFlags, session_for_flags

ROOT = Path(__file__).parent.parent.parent.parent
COMMIT = "5e" * 20
NOW = datetime.now(UTC).replace(microsecond=0)
REVIEWED = (NOW - timedelta(days=5)).date().isoformat()
ARTEFACT = b"acmelib 2.4.1, the source archive"

HEAD = """\
avow: "0.1"
project:
  {name: acmelib, url: "https://acme.example", source: "https://github.com/acme/acmelib",
   purl: pkg:pypi/acmelib}
declarant: {relationship: maintainer, organization: Acme OSS}
scope: {versions: "vers:pypi/>=2.4|<2.5", knownAs: ["pkg:deb/debian/acmelib"]}
"""

CONTACT = f"""\
  VUL-01:
    status: implemented
    reviewedAt: "{REVIEWED}"
    privateReporting: true
    contacts: [{{web: "https://acme.example/report"}}]
"""


def scorecard(date: str, *, score: int = 10) -> bytes:
    """A Scorecard result for the declared commit."""
    return json.dumps(
        {
            "date": date,
            "repo": {"name": "github.com/acme/acmelib", "commit": COMMIT},
            "scorecard": {"version": "v5.0.0"},
            "checks": [{"name": "Security-Policy", "score": score, "reason": "found"}],
        }
    ).encode()


class Checkout:
    """A checkout with a declaration, a built artefact and a security policy."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.artefact = self.write("dist/acmelib-2.4.1.tar.gz", ARTEFACT)
        self.write("SECURITY.md", b"# Security\n")
        self.output = directory / "out"

    def write(self, name: str, content: bytes) -> Path:
        """Write a file of the checkout."""
        path = self.directory / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content)
        return path

    @staticmethod
    def declared(
        *, evidence: str = "", head: str = HEAD, practices: str = CONTACT, tail: str = ""
    ) -> Declaration:
        """The declaration, read as the command reads it; `evidence` is a list in YAML's flow style."""
        text = head + "practices:\n" + practices
        text += f"    evidence: {evidence}\n" if evidence else ""
        return parse_declaration(
            (text + textwrap.dedent(tail)).encode(),
            source="avow.yaml",
            catalogue=load_catalogue(),
            today=NOW.date(),
        )

    def prepare(self, *artefacts: str | Path, evidence: str = "", tail: str = "", **options: Any) -> Prepared:
        """What would be signed."""
        declared = options.pop("declaration", None) or self.declared(evidence=evidence, tail=tail)
        asked: dict[str, Any] = {
            "source": "avow.yaml",
            "base": self.directory,
            "release": "2.4.1",
            "commit": COMMIT,
            "committed": self.committed,
            "credential": None,
            "catalogue": load_catalogue(),
            "now": NOW,
        }
        return prepare(declared, tuple(map(str, artefacts)) or (str(self.artefact),), **(asked | options))

    def committed(self, path: str) -> bytes | None:
        """A file at the commit: what is there, unless a test says otherwise."""
        return (self.directory / path).read_bytes()

    def problems(self, *artefacts: str | Path, **options: Any) -> list[str]:
        """The messages of all problems that prevent signing."""
        with pytest.raises(InputInvalid) as refusal:
            self.prepare(*artefacts, **options)
        assert all(problem.fix for problem in refusal.value.problems)
        return [problem.message for problem in refusal.value.problems]

    def predicate(self, **options: Any) -> dict[str, Any]:
        """The predicate that would be signed."""
        predicate: dict[str, Any] = json.loads(self.prepare(**options).payload)["predicate"]
        return predicate


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout that is ready to be released."""
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One running sandbox."""
    with Sandbox() as running:
        yield running


def job(sandbox: Sandbox, **run: Any) -> Credential:
    """The credential of a run of the release workflow."""
    run = {"repository": "acme/acmelib", "ref": "refs/tags/v2.4.1", "sha": COMMIT} | run
    return Credential.of(sandbox.github_token(**run))


def service(sandbox: Sandbox, *, rekor_version: int | None = None, **changed: Any) -> SigningService:
    """The sandbox as a signing service; `changed` replaces members of its signing configuration."""
    config = json.loads(sandbox.client_trust_config(None))
    config["signingConfig"] |= changed
    return SigningService.from_trust_config(
        json.dumps(config).encode(), rekor_version=rekor_version, location="config.json"
    )


def signed(prepared: Prepared, signer: SigningService, credential: Credential) -> bytes:
    """The bundle, verified against the service's own root."""
    backend = open_backend(signer.trusted_root)
    return attest.sign(
        prepared, service=signer, credential=credential, backend=backend, now=datetime.now(UTC)
    )


# ---- end to end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rekor_version", [1, 2])
def test_from_a_declaration_to_a_satisfied_policy(
    checkout: Checkout, sandbox: Sandbox, rekor_version: int
) -> None:
    """Verify accepts what attest writes: bundle and evidence, offline, with either log."""
    credential = job(sandbox)
    prepared = checkout.prepare(evidence="[{file: SECURITY.md}]", credential=credential)
    check_destination(prepared, checkout.output, overwrite=False)
    path = publish(
        prepared,
        signed(prepared, service(sandbox, rekor_version=rekor_version), credential),
        directory=checkout.output,
    )
    assert path == checkout.output / "acmelib-2.4.1.practices.sigstore.json"
    digest = hashlib.sha256(b"# Security\n").hexdigest()
    written = {
        each.relative_to(checkout.output).as_posix() for each in checkout.output.rglob("*") if each.is_file()
    }
    assert written == {path.name, f"evidence/sha256-{digest}"}

    root = checkout.write("trusted_root.json", json.dumps(sandbox.trusted_root()).encode())
    now = datetime.now(UTC)
    session = session_for_flags(
        root,
        flags=SignerFlags(
            certificate_identity=credential.identity, certificate_oidc_issuer=credential.issuer
        ),
        profile=None,
        identity_only=False,
        accept_sandbox=True,
    )
    report = verify(
        (resolve_subject(str(checkout.artefact)),),
        session=session,
        stores=(open_store(str(checkout.output)),),
        evidence=EvidenceDirectory((checkout.output / "evidence",)),
        now=now,
    ).collected()
    (decision,) = report
    assert report.run.rejections == ()
    assert [each.code for each in decision.rejections] == []
    (attestation,) = decision.attestations
    assert [each.verified for each in attestation.strengths] == ["E2"]
    assert {each.practice: each.outcome for each in decision.findings}["VUL-01"] == "met"


def test_the_statement_contains_the_declaration(checkout: Checkout) -> None:
    """Core fields, dates, scope from project and release, and the limitation."""
    predicate = checkout.predicate()
    assert predicate["declaredAt"] == utc_text(NOW)
    assert predicate["validUntil"] == utc_text(attest._months_later(NOW, 24))
    assert predicate["catalogue"]["digest"]["sha256"] == load_catalogue().digest
    assert predicate["limitations"] == [LIMITATION]
    assert predicate["declarant"] == {
        "relationship": "maintainer",
        "organization": {"name": "Acme OSS"},
    }
    assert predicate["scope"] == {
        "project": {"name": "acmelib", "uri": "https://acme.example"},
        "purls": ["pkg:pypi/acmelib@2.4.1"],
        "versions": "vers:pypi/>=2.4|<2.5",
        "source": {"uri": "git+https://github.com/acme/acmelib", "digest": {"gitCommit": COMMIT}},
        "knownAs": ["pkg:deb/debian/acmelib"],
    }
    (practice,) = predicate["practices"]
    assert practice["reviewedAt"] == REVIEWED
    assert practice["facts"]["privateReporting"] is True


def test_integrator_and_assumptions_are_included(checkout: Checkout) -> None:
    """What is left to the integrator, and what must hold around the component."""
    predicate = checkout.predicate(
        tail="""\
        integrator:
          I.2.e: {handling: integrator, leftToIntegrator: encrypt the cache}
        assumptions:
          - {id: A1, text: the process runs without privileges, ifViolated: parser bugs reach root}
        """
    )
    assert predicate["integrator"] == [
        {"ref": "I.2.e", "handling": "integrator", "leftToIntegrator": "encrypt the cache"}
    ]
    assert predicate["assumptions"][0]["ifViolated"] == "parser bugs reach root"


def test_the_review_date_is_a_persons(checkout: Checkout) -> None:
    """Signing a year later changes neither it nor the age of an observation."""
    later = NOW + timedelta(days=365)
    assert checkout.predicate(now=later)["practices"][0]["reviewedAt"] == REVIEWED


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-11-20", 24, "2028-11-20"),
        ("2026-12-31", 2, "2027-02-28"),
    ],
)
def test_months_end_where_months_end(start: str, months: int, end: str) -> None:
    """The same day, or the last day of the month."""
    later = attest._months_later(datetime.fromisoformat(start).replace(tzinfo=UTC), months)
    assert later.date().isoformat() == end


# ---- artefacts -------------------------------------------------------------------------------------------


def test_artefacts_by_glob_each_once(checkout: Checkout) -> None:
    """A pattern and a path to the same file are one subject, with both digests."""
    checkout.write("dist/acmelib-2.4.1.whl", b"wheel")
    prepared = checkout.prepare(checkout.directory / "dist" / "*", checkout.artefact)
    assert [each.name for each in prepared.subjects] == ["acmelib-2.4.1.tar.gz", "acmelib-2.4.1.whl"]
    assert prepared.subjects[0].digest("sha256") == hashlib.sha256(ARTEFACT).hexdigest()
    assert prepared.subjects[0].digest("sha512") == hashlib.sha512(ARTEFACT).hexdigest()


def test_a_name_that_looks_like_a_pattern_is_that_file(checkout: Checkout) -> None:
    """An existing file is never a pattern."""
    path = checkout.write("dist/[1].tar", b"odd")
    checkout.write("dist/1.tar", b"other")
    assert [each.name for each in checkout.prepare(path).subjects] == ["[1].tar"]


def test_artefacts_that_can_not_be_signed(checkout: Checkout) -> None:
    """Missing, no match, empty, a directory: all are reported at once."""
    empty = checkout.write("dist/empty", b"")
    messages = checkout.problems(
        checkout.directory / "missing.tar.gz",
        checkout.directory / "*.none",
        empty,
        checkout.directory / "dist",
    )
    assert len(messages) == 4
    for word in ("missing.tar.gz", "matches no file", "is empty", "dist"):
        assert any(word in message for message in messages)


def test_what_a_shell_expands_the_second_time(checkout: Checkout) -> None:
    """After a release, dist/* has the bundle and its evidence; signing a bundle again would be wrong."""
    artefact = checkout.write("dist/acmelib.tar.gz", b"acmelib")
    bundle = checkout.write("dist/acmelib.practices.sigstore.json", b"{}")
    evidence = checkout.write("dist/evidence/sha256-00", b"evidence").parent
    messages = checkout.problems(artefact, bundle, evidence)
    assert [message.partition(" is ")[2] for message in messages] == [
        "a bundle that this command wrote, not an artefact",
        "a directory, not an artefact",
    ]
    pattern = checkout.directory / "dist" / "*"  # as the fix says
    names = {subject["name"] for subject in json.loads(checkout.prepare(pattern).payload)["subject"]}
    assert names == {"acmelib.tar.gz", checkout.artefact.name}


def test_a_name_that_is_not_utf_8(checkout: Checkout) -> None:
    """A statement is UTF-8 text, so the file must be renamed."""
    path = os.fsdecode(os.fsencode(checkout.directory) + b"/\xff.tar")
    Path(path).write_bytes(b"x")
    assert "not UTF-8" in checkout.problems(path)[0]


@pytest.mark.slow
def test_a_gigabyte(checkout: Checkout) -> None:
    """A large (sparse) artefact is hashed in chunks."""
    path = checkout.directory / "dist" / "big.img"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    (subject,) = checkout.prepare(path).subjects
    assert subject.digest("sha256") == "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14"


# ---- the declaration -------------------------------------------------------------------------------------


def test_drafts_are_refused(checkout: Checkout) -> None:
    """Nobody has read them; the position is the practice's."""
    declared = checkout.declared(practices="  VUL-01: {draft: true, status: implemented}\n")
    with pytest.raises(InputInvalid) as refusal:
        checkout.prepare(declaration=declared)
    (problem,) = refusal.value.problems
    assert (problem.practice, problem.source, problem.line) == ("VUL-01", "avow.yaml", 8)


def test_a_declaration_of_nothing_is_refused(checkout: Checkout) -> None:
    """There is nothing to sign."""
    declared = checkout.declared().model_copy(update={"practices": ()})
    assert "has no practices" in checkout.problems(declaration=declared)[0]


def test_a_release_outside_the_declared_range(checkout: Checkout) -> None:
    """The declaration is not about it."""
    assert "not in scope.versions" in checkout.problems(release="2.5.0")[0]


@pytest.mark.parametrize("release", ["", "2/4", "2.4.1é", "2.4.1\x1b[2J"])
def test_a_release_that_is_not_a_version(checkout: Checkout, release: str) -> None:
    """An input error, reported with the others."""
    messages = checkout.problems(checkout.directory / "missing", release=release)
    assert len(messages) >= 2


BARE = """\
avow: "0.1"
project: {name: libsmall}
declarant: {relationship: maintainer}
"""


def test_a_library_without_purl_source_or_range(checkout: Checkout) -> None:
    """C libraries have none of these; the artefact's digests are the scope."""
    predicate = checkout.predicate(declaration=checkout.declared(head=BARE))
    assert predicate["scope"] == {"project": {"name": "libsmall"}}


def test_a_release_needs_a_version(checkout: Checkout) -> None:
    """Whether or not it would fit into a purl."""
    assert "no version" in checkout.problems(declaration=checkout.declared(head=BARE), release="")[0]


def test_all_errors_are_reported_at_once(checkout: Checkout, sandbox: Sandbox) -> None:
    """Draft, artefact, release, evidence and source together."""
    declared = checkout.declared(
        practices=CONTACT
        + "    evidence: [{file: MISSING.md}]\n  VUL-02: {draft: true, status: implemented}\n"
    )
    messages = checkout.problems(
        checkout.directory / "missing",
        declaration=declared,
        release="9",
        credential=job(sandbox, repository="acme/other", sha="00" * 20),
    )
    assert len(messages) == 7


# ---- source and credential -------------------------------------------------------------------------------


def test_a_job_of_another_repository_is_refused(checkout: Checkout, sandbox: Sandbox) -> None:
    """No consumer would accept its signature."""
    assert "acme/other" in checkout.problems(credential=job(sandbox, repository="acme/other"))[0]


def test_a_job_for_another_commit_is_refused(checkout: Checkout, sandbox: Sandbox) -> None:
    """The checkout is not the commit that the certificate will name."""
    assert "00000" in checkout.problems(credential=job(sandbox, sha="00" * 20))[0]


def test_the_job_fills_in_what_nobody_declared(checkout: Checkout, sandbox: Sandbox) -> None:
    """Source and commit then come from the token; without either, there is no source."""
    declared = checkout.declared(head=HEAD.replace(', source: "https://github.com/acme/acmelib"', ""))
    filled = checkout.predicate(declaration=declared, credential=job(sandbox), commit=None)
    assert filled["scope"]["source"] == {
        "uri": "git+https://github.com/acme/acmelib",
        "digest": {"gitCommit": COMMIT},
    }
    bare = checkout.predicate(declaration=declared, commit=COMMIT)
    assert "source" not in bare["scope"]
    assert "digest" not in checkout.predicate(commit=None)["scope"]["source"]


# ---- evidence --------------------------------------------------------------------------------------------


def evidence_of(predicate: dict[str, Any]) -> dict[str, Any]:
    """The only piece of evidence in it."""
    (item,) = predicate["practices"][0]["evidence"]
    assert isinstance(item, dict)
    return item


def test_a_file_is_a_snapshot(checkout: Checkout) -> None:
    """Digest, media type, and an address inside the declared commit."""
    item = evidence_of(checkout.predicate(evidence="[{file: SECURITY.md}]"))
    assert item["strength"] == "E2"
    assert item["retrievedAt"] == utc_text(NOW)
    assert item["resource"] == {
        "uri": f"git+https://github.com/acme/acmelib@{COMMIT}#SECURITY.md",
        "digest": {"sha256": hashlib.sha256(b"# Security\n").hexdigest()},
        "mediaType": "text/markdown",
    }


def test_a_file_without_declared_source_has_its_path(checkout: Checkout) -> None:
    """Nothing else is known about its location."""
    declared = checkout.declared(
        evidence="[{file: SECURITY.md}]", head=HEAD.replace(', source: "https://github.com/acme/acmelib"', "")
    )
    item = evidence_of(checkout.predicate(declaration=declared))
    assert item["resource"]["name"] == "SECURITY.md"
    assert "uri" not in item["resource"]


@pytest.mark.parametrize(
    ("entry", "strength"),
    [
        ("{url: 'https://acme.example/s'}", "E0"),
        ("{url: 'https://acme.example/s', retrievedAt: '2026-01-02T03:04:05Z'}", "E1"),
        ("{url: 'https://acme.example/s', digest: 'sha256:" + "ab" * 32 + "'}", "E0"),
        (
            "{url: 'https://acme.example/s', retrievedAt: '2026-01-02T03:04:05Z', digest: 'sha512:"
            + "ab" * 64
            + "'}",
            "E1",
        ),
        (
            "{url: 'https://acme.example/s', retrievedAt: '2026-01-02T03:04:05Z', digest: 'sha256:"
            + "ab" * 32
            + "', tool: {name: curl, version: '8'}, note: seen}",
            "E2",
        ),
    ],
)
def test_the_strength_of_a_link(checkout: Checkout, entry: str, strength: str) -> None:
    """Its bytes are not published, so at most somebody claims to have seen them."""
    prepared = checkout.prepare(evidence=f"[{entry}]")
    item = evidence_of(json.loads(prepared.payload)["predicate"])
    assert item["strength"] == strength
    assert prepared.evidence == ()


def test_an_observation_keeps_its_own_date(checkout: Checkout) -> None:
    """Neither a new signature nor a later date makes it newer."""
    checkout.write("scorecard.json", scorecard("2026-01-02T03:04:05Z"))
    entry = "{scorecard: scorecard.json, check: Security-Policy}"
    item = evidence_of(checkout.predicate(evidence=f"[{entry}]"))
    assert item["retrievedAt"] == "2026-01-02T03:04:05Z"
    assert item["strength"] == "E2"
    assert item["observed"] == {"check": "Security-Policy", "score": 10}
    assert item["tool"] == {"name": "scorecard", "version": "v5.0.0"}
    dated = entry.replace("}", f", retrievedAt: '{utc_text(NOW - timedelta(days=1))}'}}")
    assert evidence_of(checkout.predicate(evidence=f"[{dated}]"))["retrievedAt"] == "2026-01-02T03:04:05Z"
    older = entry.replace("}", ", retrievedAt: '2025-12-31T00:00:00Z'}")
    assert evidence_of(checkout.predicate(evidence=f"[{older}]"))["retrievedAt"] == "2025-12-31T00:00:00Z"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (None, "can't read"),
        (b"garbage", "not a Scorecard result"),
        (scorecard(utc_text(NOW + timedelta(days=2))), "is in the future"),
        (scorecard("2026-01-02", score=-1), "is inconclusive"),
    ],
)
def test_an_invalid_observation(checkout: Checkout, content: bytes | None, word: str) -> None:
    """A problem at the line of the evidence, before anything is signed."""
    if content is not None:
        checkout.write("scorecard.json", content)
    with pytest.raises(InputInvalid) as refusal:
        checkout.prepare(evidence="[{scorecard: scorecard.json, check: Security-Policy}]")
    (problem,) = refusal.value.problems
    assert word in problem.message
    assert (problem.line, problem.practice) == (13, "VUL-01")


def test_evidence_from_the_future(checkout: Checkout) -> None:
    """Later today is in the future too: every consumer would refuse it."""
    for source in ("file: SECURITY.md", "url: 'https://acme.example/s'"):
        entry = f"[{{{source}, retrievedAt: '{utc_text(NOW)}'}}]"
        assert checkout.prepare(evidence=entry)
        assert "is in the future" in checkout.problems(evidence=entry, now=NOW - timedelta(seconds=1))[0]


def test_evidence_stays_inside_the_checkout(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A symbolic link to the outside, or in a loop, is a problem; one that stays inside is accepted."""
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_bytes(b"secret")
    (checkout.directory / "out.md").symlink_to(secret)
    (checkout.directory / "ring.md").symlink_to("ring.md")
    (checkout.directory / "in.md").symlink_to("SECURITY.md")
    assert "is outside" in checkout.problems(evidence="[{file: out.md}]")[0]
    assert checkout.problems(evidence="[{file: ring.md}]")
    assert checkout.prepare(evidence="[{file: in.md}]").evidence[0][1] == b"# Security\n"


# ---- cross-check -----------------------------------------------------------------------------------------


def test_in_totos_own_library_agrees(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads the finished bytes, and its refusal stops signing."""
    checkout.prepare()

    def refuse(_: object) -> None:
        raise ValueError("not by me")

    monkeypatch.setattr(SecondOpinion, "validate", refuse)
    with pytest.raises(InputInvalid, match="not by me"):
        checkout.prepare()


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b'{"_type": "https://in-toto.io/Statement/v1"}',
        json.dumps(
            {
                "_type": "https://in-toto.io/Statement/v1",
                "subject": [{"name": "a", "digest": {"sha256": "ab" * 32}}],
                "predicateType": "https://example.org/p",
                "predicate": {},
            }
        ).encode(),
    ],
)
def test_in_totos_library_refuses(payload: bytes) -> None:
    """No statement, no subject, no predicate."""
    with pytest.raises(InputInvalid, match="in-toto"):
        attest.cross_check(payload)


def test_in_totos_library_reads_differently(checkout: Checkout) -> None:
    """A member that it ignores, or a number that it rounds, would give the bytes two meanings."""
    document = json.loads(checkout.prepare().payload)
    document["predicate"]["count"] = 2**53 + 1
    with pytest.raises(InputInvalid, match="differently"):
        attest.cross_check(json.dumps(document).encode())


# ---- signing ---------------------------------------------------------------------------------------------


class Forging:
    """A service with a minted bundle, as a broken or dishonest instance would return it."""

    def __init__(self, bundle: bytes, *, wants_timestamps: bool = False) -> None:
        self.bundle = bundle
        self.wants_timestamps = wants_timestamps

    def sign(self, payload: bytes, *, credential: Credential) -> bytes:
        """The bundle, whatever the request."""
        assert payload
        assert credential
        return self.bundle


@pytest.fixture
def virtual() -> VirtualSigstore:
    """An instance in this process, at the tests' time."""
    return VirtualSigstore(now=NOW, started=NOW - timedelta(days=1))


PERSON = Credential(
    token="",
    issuer="http://localhost:8000",
    identity="a@example.org",
    source_repository=None,
    source_commit=None,
)


def forged(
    prepared: Prepared, virtual: VirtualSigstore, bundle: bytes, *, wants_timestamps: bool = False
) -> bytes:
    """The result of `sign` for `bundle`."""
    return attest.sign(
        prepared,
        service=Forging(bundle, wants_timestamps=wants_timestamps),  # type: ignore[arg-type]
        credential=PERSON,
        backend=open_backend(virtual.root()),
        now=NOW,
    )


def test_an_honest_bundle_is_accepted(checkout: Checkout, virtual: VirtualSigstore) -> None:
    """The refusals below change one thing each."""
    prepared = checkout.prepare()
    bundle = encoded(virtual.bundle(prepared.payload, signer=virtual.person("a@example.org"), tsa=True))
    assert forged(prepared, virtual, bundle, wants_timestamps=True) == bundle


def test_a_bundle_for_another_statement(checkout: Checkout, virtual: VirtualSigstore) -> None:
    """It is genuine and by the right person."""
    other = checkout.prepare(checkout.write("dist/other.zip", b"other")).payload
    bundle = encoded(virtual.bundle(other, signer=virtual.person("a@example.org")))
    with pytest.raises(ServiceUnavailable, match="another statement"):
        forged(checkout.prepare(), virtual, bundle)


def test_a_bundle_without_the_required_timestamp(checkout: Checkout, virtual: VirtualSigstore) -> None:
    """sigstore-python only logs a warning if the authority fails."""
    prepared = checkout.prepare()
    bundle = encoded(virtual.bundle(prepared.payload, signer=virtual.person("a@example.org")))
    with pytest.raises(ServiceUnavailable, match="timestamp"):
        forged(prepared, virtual, bundle, wants_timestamps=True)


def test_a_bundle_by_somebody_else(checkout: Checkout, virtual: VirtualSigstore) -> None:
    """The authority certified the identity of another provider."""
    prepared = checkout.prepare()
    stranger = virtual.person("a@example.org", issuer="https://other.example")
    bundle = encoded(virtual.bundle(prepared.payload, signer=stranger))
    with pytest.raises(ServiceUnavailable, match="not by"):
        forged(prepared, virtual, bundle)


def test_a_bundle_for_another_source(checkout: Checkout, virtual: VirtualSigstore) -> None:
    """The certificate has a commit that is not in the statement, so no consumer would accept it."""
    prepared = checkout.prepare()
    run = virtual.github(repository="acme/acmelib", sha="00" * 20)
    with pytest.raises(ServiceUnavailable, match="gitCommit"):
        forged(prepared, virtual, encoded(virtual.bundle(prepared.payload, signer=run)))


@pytest.mark.parametrize("bundle", [b"", b"{}", b"garbage"])
def test_bytes_that_are_not_a_bundle(checkout: Checkout, virtual: VirtualSigstore, bundle: bytes) -> None:
    """Whatever comes back is verified as a consumer would verify it."""
    with pytest.raises(ServiceUnavailable, match="does not verify"):
        forged(checkout.prepare(), virtual, bundle)


def test_the_root_of_another_instance(checkout: Checkout, sandbox: Sandbox) -> None:
    """A trust configuration whose parts don't belong together: refused, and nothing is written."""
    credential, prepared = job(sandbox), checkout.prepare(credential=job(sandbox))
    with Sandbox() as other:
        foreign = other.trusted_root()
    mixed = json.loads(sandbox.client_trust_config(None)) | {"trustedRoot": foreign}
    signer = SigningService.from_trust_config(
        json.dumps(mixed).encode(), rekor_version=None, location="config.json"
    )
    with pytest.raises(ServiceUnavailable, match="signing failed"):
        signed(prepared, signer, credential)
    with pytest.raises(ServiceUnavailable, match="does not verify") as refusal:
        attest.sign(
            prepared,
            service=service(sandbox),
            credential=credential,
            backend=open_backend(json.dumps(foreign).encode()),
            now=datetime.now(UTC),
        )
    assert "--trust-config" in refusal.value.hint
    assert not checkout.output.exists()


@pytest.mark.parametrize("rekor_version", [1, 2])
def test_a_timestamping_authority_that_fails(
    checkout: Checkout, sandbox: Sandbox, rekor_version: int
) -> None:
    """Upstream continues without it; here a bundle without its timestamp is refused."""
    credential = job(sandbox)
    with silent_service() as gone:
        pass
    broken = json.loads(sandbox.client_trust_config(None))["signingConfig"]["tsaUrls"]
    broken[0]["url"] = gone
    signer = service(sandbox, rekor_version=rekor_version, tsaUrls=broken)
    with pytest.raises(ServiceUnavailable):
        signed(checkout.prepare(credential=credential), signer, credential)


def test_a_service_that_hangs(checkout: Checkout, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The attempt times out, and nothing is written."""
    monkeypatch.setattr(signing, "SIGNING_LIMIT_S", 0.3)
    credential = job(sandbox)
    with silent_service() as url:
        urls = json.loads(sandbox.client_trust_config(None))["signingConfig"]["caUrls"]
        urls[0]["url"] = url
        with pytest.raises(ServiceUnavailable, match="more than"):
            signed(checkout.prepare(credential=credential), service(sandbox, caUrls=urls), credential)
    assert not checkout.output.exists()


# ---- writing ---------------------------------------------------------------------------------------------


def test_an_output_directory_that_can_not_be_written(checkout: Checkout) -> None:
    """Reported before anyone signs: a file has the directory's name."""
    checkout.output.write_bytes(b"")
    with pytest.raises(InputInvalid, match="can't write"):
        check_destination(checkout.prepare(), checkout.output, overwrite=False)


def test_an_evidence_directory_that_can_not_be_written(checkout: Checkout) -> None:
    """The same for evidence; otherwise the bundle would be signed and lost."""
    checkout.write("out/evidence", b"a file")
    with pytest.raises(InputInvalid, match="can't write"):
        check_destination(
            checkout.prepare(evidence="[{file: SECURITY.md}]"), checkout.output, overwrite=False
        )
    check_destination(checkout.prepare(), checkout.output, overwrite=False)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".env", b"TOKEN=x"),
        ("deploy/.env.production", b"TOKEN=x"),
        (".npmrc", b"//x/:_authToken=x"),
        ("id_ed25519", b"x"),
        ("release.p12", b"x"),
        ("notes.md", b"-----BEGIN OPENSSH PRIVATE KEY-----\nx"),
    ],
)
def test_files_that_usually_contain_secrets_are_not_published(
    checkout: Checkout, name: str, content: bytes
) -> None:
    """Evidence is public for ever; a wrong line in a declaration must not be enough."""
    checkout.write(name, content)
    (message,) = checkout.problems(evidence=f"[{{file: {name}}}]")
    assert "secrets" in message


def test_evidence_is_not_written_through_a_link(checkout: Checkout, tmp_path: Path) -> None:
    """A checkout can contain a link to any directory of the machine that builds it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    checkout.output.mkdir(exist_ok=True)
    (checkout.output / "evidence").symlink_to(outside)
    prepared = checkout.prepare(evidence="[{file: SECURITY.md}]")
    for write in (
        lambda: check_destination(prepared, checkout.output, overwrite=False),
        lambda: publish(prepared, b"bundle", directory=checkout.output),
    ):
        with pytest.raises(InputInvalid, match="symbolic link"):
            write()
    assert list(outside.iterdir()) == []
    (checkout.output / "evidence").unlink()  # as the hint says
    check_destination(prepared, checkout.output, overwrite=False)


def test_what_a_service_signed_is_kept_if_it_is_unusable(checkout: Checkout) -> None:
    """The log has its entry for ever; whoever looks into it needs the bytes, and nobody publishes them."""
    prepared = checkout.prepare()

    class Service(SigningService):
        def __init__(self) -> None:
            """No instance is asked."""

        def sign(self, payload: bytes, *, credential: Credential) -> bytes:
            """Something else than a bundle about `payload`."""
            assert payload, credential
            return b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}'

    credential = Credential(
        token="x",  # noqa: S106  nobody reads it
        issuer="https://id.example",
        identity="a",
        source_repository=None,
        source_commit=None,
    )
    with pytest.raises(ServiceUnavailable, match="does not verify") as refusal:
        attest.sign_to(
            checkout.output,
            prepared,
            service=Service(),
            credential=credential,
            backend=open_backend(VirtualSigstore().root()),
            now=NOW,
        )
    (kept,) = checkout.output.iterdir()
    assert kept.name == f"{prepared.bundle_name}.unusable"
    assert kept.read_bytes().startswith(b'{"mediaType"')
    assert refusal.value.hint.startswith(f"{kept} is what the service returned, and the log may contain it; ")
    assert not list(open_store(str(checkout.output)).find(()))


def test_a_directory_in_the_way_of_the_bundle(checkout: Checkout) -> None:
    """Seen before anything is signed, with `overwrite` too."""
    prepared = checkout.prepare()
    (checkout.output / prepared.bundle_name).mkdir(parents=True)
    for overwrite in (False, True):
        with pytest.raises(InputInvalid, match="not a regular file") as refusal:
            check_destination(prepared, checkout.output, overwrite=overwrite)
        assert refusal.value.hint == "move it away"
    (checkout.output / prepared.bundle_name).rmdir()
    check_destination(prepared, checkout.output, overwrite=False)


def test_evidence_is_the_file_of_the_commit_that_it_names(checkout: Checkout) -> None:
    """An edit that nobody committed would be signed as a file of that commit."""
    evidence = "[{file: SECURITY.md}]"
    digests = [hashlib.sha256(each).hexdigest() for each in (b"# Security\n", b"# Old\n")]
    (message,) = checkout.problems(evidence=evidence, committed=lambda _path: b"# Old\n")
    assert message == (
        f"evidence SECURITY.md has sha256:{digests[0]}, and at the commit {COMMIT} it has sha256:{digests[1]}"
    )


def test_evidence_that_is_not_committed_names_no_commit(checkout: Checkout) -> None:
    """A report that the release makes is in no commit."""

    def address(**options: Any) -> str:
        practice = checkout.predicate(evidence="[{file: SECURITY.md}]", **options)["practices"][0]
        return str(practice["evidence"][0]["resource"]["uri"])

    assert address() == f"git+https://github.com/acme/acmelib@{COMMIT}#SECURITY.md"
    assert address(committed=lambda _path: None) == "git+https://github.com/acme/acmelib#SECURITY.md"


def test_a_release_of_another_name_is_not_signed(checkout: Checkout, sandbox: Sandbox) -> None:
    """Tag, file and purl are compared with --release before anything is public."""
    assert "runs for the tag v2.4.2" in checkout.problems(credential=job(sandbox, ref="refs/tags/v2.4.2"))[0]
    old = checkout.write("dist/acmelib-2.4.0.tar.gz", b"old")
    assert "says 2.4.0" in checkout.problems(old)[0]
    assert any("begins with a v" in each for each in checkout.problems(release="v2.4.1"))


def test_a_pull_request_does_not_sign(checkout: Checkout, sandbox: Sandbox) -> None:
    """No rule can name its ref, so nobody could accept what it signs."""
    (message,) = checkout.problems(credential=job(sandbox, ref="refs/pull/7/merge"))
    assert message.startswith("this CI job runs for a pull request")


def test_a_bundle_that_already_exists(checkout: Checkout) -> None:
    """Replaced only with `overwrite`."""
    prepared = checkout.prepare()
    publish(prepared, b"old", directory=checkout.output)
    with pytest.raises(InputInvalid) as refusal:
        check_destination(prepared, checkout.output, overwrite=False)
    assert "--overwrite" in refusal.value.hint
    check_destination(prepared, checkout.output, overwrite=True)
    assert publish(prepared, b"new", directory=checkout.output).read_bytes() == b"new"


def test_a_bundle_about_other_artefacts_is_not_replaced_by_advice(checkout: Checkout) -> None:
    """A release of too many artefacts takes several runs, and the first one's bundle must not be lost."""
    first = checkout.prepare()
    digest = Digest(algorithm="sha256", value="ab" * 32)
    other = write_statement((Subject(name="other", digests=(digest,)),), predicate={})
    envelope = {"payload": base64.b64encode(other).decode(), "payloadType": PAYLOAD_TYPE}
    path = checkout.output / first.bundle_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"dsseEnvelope": envelope}), encoding="utf-8")

    with pytest.raises(InputInvalid, match="already exists") as refusal:
        check_destination(first, checkout.output, overwrite=False)
    assert "it is about other artefacts" in refusal.value.hint


def test_a_signed_bundle_is_not_lost(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up between signing and writing: the bundle is saved, and the error says where."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    prepared = checkout.prepare(evidence="[{file: SECURITY.md}]")
    checkout.output.write_bytes(b"a file in the place of the directory")
    with pytest.raises(InputInvalid, match="can't write") as refusal:
        publish(prepared, b"signed", directory=checkout.output)
    (kept,) = tmp_path.glob("avow-*")
    assert str(kept) in refusal.value.message
    assert (kept / prepared.bundle_name).read_bytes() == b"signed"
    assert len(list((kept / "evidence").iterdir())) == 1


def test_checking_the_destination_leaves_nothing(checkout: Checkout) -> None:
    """No probe file is left."""
    check_destination(checkout.prepare(evidence="[{file: SECURITY.md}]"), checkout.output, overwrite=False)
    assert [each for each in checkout.output.rglob("*") if each.is_file()] == []


@pytest.mark.parametrize(
    ("name", "release", "expected"),
    [
        ("acmelib", "2.4.1", "acmelib-2.4.1"),
        ("Acme Lib/C++", "2.4.1", "Acme-Lib-C++-2.4.1"),
        ("../../etc", "2.4.1", "etc-2.4.1"),
        ("-rf", "2.4.1", "rf-2.4.1"),
    ],
)
def test_the_name_of_a_bundle_is_a_name(checkout: Checkout, name: str, release: str, expected: str) -> None:
    """A project's name can't lead to another directory or a hidden file."""
    declared = checkout.declared(head=HEAD.replace("name: acmelib", f'name: "{name}"', 1))
    prepared = checkout.prepare(declaration=declared, release=release)
    assert prepared.bundle_name == f"{expected}.practices.sigstore.json"


def test_the_statement_can_be_read_back(checkout: Checkout) -> None:
    """By the reader that consumers use."""
    prepared = checkout.prepare(evidence="[{file: SECURITY.md}]")
    statement = read_statement(prepared.payload, payload_type="application/vnd.in-toto+json")
    assert statement.predicate.scope.source is not None
    assert statement.predicate.scope.source.commit == COMMIT


@pytest.mark.parametrize("source", [True, False])
def test_what_is_signed_passes_the_schema(checkout: Checkout, *, source: bool) -> None:
    """All that an author can write, as a whole statement; with and without a repository."""
    text = (ROOT / "tests/vectors/declarations/complete/avow.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "2029-06-30", f"{NOW.year + 3}-06-30"
    )  # support that has not ended, whatever the year
    if not source:
        text = text.replace("  source: https://git.example/acme/acmelib\n", "")
    declared = parse_declaration(
        text.encode(), source="avow.yaml", catalogue=load_catalogue(), today=NOW.date()
    )
    result = json.loads(scorecard("2026-11-20"))
    result["checks"][0]["name"] = "Code-Review"
    checkout.write("scorecard.json", json.dumps(result).encode())
    checkout.write(".github/security-insights.yml", b"header: {}\n")
    statement = json.loads(checkout.prepare(declaration=declared).payload)
    specification = ROOT / "predicates" / "declared-practices" / "v0.1"
    schema, whole = (
        json.loads((specification / name).read_text(encoding="utf-8"))
        for name in ("schema.json", "statement.schema.json")
    )
    registry = jsonschema_rs.Registry([(schema["$id"], schema)])
    producer = jsonschema_rs.validator_for(whole, registry=registry, validate_formats=True)
    assert [error.message for error in producer.iter_errors(statement)] == []
    assert statement["predicate"]["kind"] == "release"
