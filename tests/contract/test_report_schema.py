"""The JSON Schema of the JSON report: real reports of every kind fit it, and it describes what they have."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
from support.pipeline import (
    COMPONENT,
    SHA256,
    SUBJECT,
    Decided,
    Setting,
    declaration,
    repo_file,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import NOW, VirtualSigstore, encoded

from avow import __version__
from avow.catalogue.practices import load_catalogue
from avow.report.json import MAX_FACTS_CHARACTERS, MAX_PURLS_SHOWN, SCHEMA, _graded, render_json
from avow.results import EvidenceStrength
from avow.statement.types import WITHDRAWAL_TYPE
from avow.stores import EvidenceDirectory, open_store
from avow.subject import Digest, Subject
from avow.values import utc_text
from avow.verification.judge import verify
from avow.verification.session import SignerFlags, session_for_flags, session_for_policy
from avow.vocabulary import Strength

FILE: Final = resources.files("avow.report") / "report-v0.1.schema.json"
SHIPPED: Final[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
VALIDATOR: Final = jsonschema_rs.validator_for(SHIPPED, validate_formats=True)

Json = dict[str, Any]

# ---- reports of every kind -------------------------------------------------------------------------------


def a_yes(setting: Setting) -> Decided:
    sha256 = setting.keep(b"Report to security@acme.example\n")
    setting.ask("require: [{practice: VUL-01, evidence: E2}]")
    setting.sign(declaration(security_contact(evidence=[repo_file(sha256)])))
    return setting.decide(purl=f"{COMPONENT}@2.4.1")


def a_no(setting: Setting) -> Decided:
    """Weak evidence, an observation, a refusal, a neighbour, an accepted gap that ended, and silence."""
    gap = (
        "acceptedGaps: [{practice: VUL-01, for: 'pkg:pypi/acmelib', versions: 'vers:pypi/2.4.1', "
        "because: known, measure: pinned, owner: us, until: '2026-11-01'}]"
    )
    (setting.directory / "more.json").write_text(
        json.dumps({"avow-signers": 1, "signers": [{**_as_json(signer_rule(component="pkg:pypi/other"))}]}),
        encoding="utf-8",
    )
    setting.ask("profile: orc-light", "require: [{practice: VUL-01, evidence: E2}]", gap,
                "signerFiles: [{path: more.json}]")  # fmt: skip
    observation = {"id": "GOV-03", "facts": {"lifecycleState": "active"}}
    setting.sign(
        declaration(security_contact(evidence=[repo_file("ab" * 32)]), observation), statement_type=OLDER
    )
    setting.sign(declaration(), signer=setting.workflow(repository="mallory/acmelib"), name="b")
    setting.sign(declaration(), sha256_hex="00" * 32, name="c")
    return setting.decide(accept_sandbox=True, purl=COMPONENT)


def nothing_found(setting: Setting) -> Decided:
    return setting.decide()


def refused(setting: Setting) -> Decided:
    setting.put(b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}')
    return setting.decide()


def a_gap(setting: Setting) -> Decided:
    """A root that is too old, and a store that does not exist."""
    other = VirtualSigstore(organisation="other")
    setting.put(encoded(other.bundle(b"{}", signer=other.person())))
    (setting.directory / "odd").mkdir()
    (setting.directory / "odd" / "a.sigstore.json").symlink_to(setting.directory / "big")
    with (setting.directory / "big").open("wb") as big:
        big.truncate(17 * 1024 * 1024)
    return setting.decide(setting.store, setting.directory / "odd")


def own_word(setting: Setting) -> Decided:
    """Nobody signed: a look, an accepted gap and a measure of the consumer's own."""
    setting.ask("profile: critical", 'supportUntil: "2031-01-01"')
    path = setting.directory / "observations.yaml"
    about = "for: pkg:pypi/acmelib, versions: 'vers:pypi/2.4.1'"
    path.write_text(
        "avow-observations: 1\n"
        "observations:\n"
        f"- {{practice: GOV-03, {about}, saw: inPlace, source: https://github.com/acme/acmelib, "
        f"date: '2026-11-19', who: product security, sha256: {'ab' * 32}, "
        "facts: {lifecycleState: active}, note: a release each month}\n"
        f"- {{practice: REL-04, for: pkg:pypi/acmelib, artefact: 'sha256:{SHA256}', saw: inPlace, "
        "source: the project's page, date: '2026-11-19', who: product security}\n"
        f"acceptedGaps: [{{practice: VUL-01, {about}, because: known, measure: pinned, owner: us, "
        "ticket: SEC-1, until: '2027-01-01'}]\n"
        f"measures: [{{practice: STW-01, {about}, measure: a fork, owner: us, source: CTR-7, "
        "until: '2027-01-01'}]\n",
        encoding="utf-8",
    )
    session = session_for_policy(
        setting.policy,
        identity_only=False,
        accept_sandbox=False,
        today=NOW.date(),
        observations=(path,),
    )
    return setting.decide(session=session, purl=f"{COMPONENT}@2.4.1")


def identity_only(setting: Setting) -> Decided:
    setting.sign(declaration())
    return setting.decide(identity_only=True)


def nobody_signed(setting: Setting) -> Decided:
    return setting.decide(identity_only=True)


def a_key(setting: Setting) -> Decided:
    laptop = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(laptop),))
    setting.sign(declaration(scope_source=None), signer=laptop)
    return setting.decide()


def by_options(setting: Setting) -> Decided:
    setting.sign(declaration())
    flags = SignerFlags(repo="acme/acmelib", signer_workflow=".github/workflows/release.yml")
    root = setting.directory / "pinned.json"
    session = session_for_flags(
        root, flags=flags, profile="orc-light", identity_only=False, accept_sandbox=False
    )
    return setting.decide(session=session)


def many_artefacts(setting: Setting) -> Decided:
    setting.sign(declaration())
    other = Subject(name="other.zip", digests=(Digest(algorithm="sha256", value="00" * 32),))
    report = verify(
        (SUBJECT, other),
        session=setting.session(),
        stores=(open_store(str(setting.store)),),
        evidence=EvidenceDirectory((setting.evidence,)),
        now=NOW,
    )
    return Decided(report.collected())


def too_long(setting: Setting) -> Decided:
    """Facts, packages and words beyond what a report repeats."""
    contacts = [{"kind": "web", "value": f"https://acme.example/{number:050}"} for number in range(200)]
    purls = [f"pkg:pypi/acmelib@2.4.{number}" for number in range(1, 1 + MAX_PURLS_SHOWN + 1)]
    setting.sign(
        declaration(
            security_contact(facts={"privateReporting": True, "contacts": contacts}),
            scope_purls=purls,
            scope_project={"name": "long" * 1000},
        )
    )
    return setting.decide()


def taken_back(setting: Setting) -> Decided:
    """A statement that its own signer withdrew."""
    bundle = json.loads(setting.sign(declaration()).read_bytes())
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"])
    content = {
        "withdrawnAt": utc_text(NOW),
        "withdraws": [
            {
                "payloadSha256": hashlib.sha256(payload).hexdigest(),
                "reason": "factsWrong",
                "explanation": "nobody reads that address",
                "supersededBy": "a" * 64,
            }
        ],
    }
    setting.sign(content, name="withdrawal", predicate_type=WITHDRAWAL_TYPE)
    return setting.decide(purl=f"{COMPONENT}@2.4.1")


OLDER: Final = "https://in-toto.io/Statement/v0.1"
KINDS: Final[Mapping[str, Callable[[Setting], Decided]]] = {
    kind.__name__: kind
    for kind in (
        a_yes, a_no, nothing_found, refused, a_gap, identity_only, nobody_signed, a_key, by_options,
        many_artefacts, too_long, own_word, taken_back,
    )
}  # fmt: skip


def _as_json(rule: str) -> Json:
    pairs = (pair.partition(": ") for pair in rule.strip(" -{}").split(", "))
    return {key: json.loads(value) for key, _, value in pairs}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Json]:
    """One report of each kind, as it is written."""
    written = {}
    for name, kind in KINDS.items():
        sandbox = VirtualSigstore() if kind is a_no else None
        setting = Setting(tmp_path_factory.mktemp(name), virtual=sandbox)
        written[name] = json.loads("".join(render_json(kind(setting).report)))
    return written


# ---- both fit --------------------------------------------------------------------------------------------


def test_the_schema_has_the_uri_that_reports_name(reports: Mapping[str, Json]) -> None:
    """It is a schema of the stated draft, too."""
    assert SHIPPED["$id"] == SCHEMA
    assert jsonschema_rs.meta.is_valid(SHIPPED)
    assert all(report["schema"] == SCHEMA for report in reports.values())


@pytest.mark.parametrize("kind", KINDS)
def test_reports_fit(reports: Mapping[str, Json], kind: str) -> None:
    """Also if nothing but what is described were allowed: the schema misses no field."""
    closed = jsonschema_rs.validator_for(_closed(SHIPPED), validate_formats=True)
    assert [error.message for error in closed.iter_errors(reports[kind])] == []
    assert VALIDATOR.is_valid(reports[kind])


def test_every_property_occurs(reports: Mapping[str, Json]) -> None:
    """What is described can be seen, and is not always null: otherwise nobody has tried the description."""
    described = {(name, field) for name, schema in _objects() for field in schema.get("properties", {})}
    seen = {
        (name, field)
        for report in reports.values()
        for name, found in _walk("", SHIPPED, report)
        for field, value in found.items()
        if value is not None
    }
    assert described - seen == set()


def test_every_required_field_is_required(reports: Mapping[str, Json]) -> None:
    """Without it no report fits."""
    missing: set[tuple[str, str]] = set()
    tried: set[tuple[str, str]] = set()
    for report in copy.deepcopy(dict(reports)).values():
        for name, found in _walk("", SHIPPED, report):
            for field in set(found) & set(_definition(name).get("properties", {})):
                if (name, field) in tried:
                    continue
                tried.add((name, field))
                value = found.pop(field)
                if VALIDATOR.is_valid(report):
                    missing.add((name, field))
                found[field] = value
    assert {name for name, _ in missing} == {"Signer"}  # which extensions a certificate has is its own affair
    assert len(tried) > 90


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report.update(schema="https://avow-attest.github.io/report/v0.2"),
        lambda report: report["run"].update(evaluatedAt="2026-11-20"),
        lambda report: report["run"]["catalogue"].update(sha256="abc"),
        lambda report: report["run"]["catalogue"].update(edition=1),
        lambda report: report["results"][0]["subject"].update(digest={}),
        lambda report: report["results"][0]["outcomes"][0].update(proven={"strength": "E9", "evidence": []}),
        lambda report: report["results"][0]["outcomes"][0]["claimed"].update(status="certified"),
        lambda report: report.update(reasons=[]),
        lambda report: report.update(exitCode=2),
    ],
)
def test_what_does_not_fit(reports: Mapping[str, Json], change: Callable[[Json], None]) -> None:
    """Another version, a wrong type, a word that does not exist, an unknown field of a closed object."""
    report = copy.deepcopy(reports["a_yes"])
    assert VALIDATOR.is_valid(report)
    change(report)
    assert not VALIDATOR.is_valid(report)


def _definition(name: str) -> Json:
    found: Json = SHIPPED
    for step in name.split("/") if name else ():
        found = found["$defs"][step] if step in found.get("$defs", {}) else found["properties"][step]
    return found


def _objects() -> Iterator[tuple[str, Json]]:
    yield "", SHIPPED
    for name, definition in SHIPPED["$defs"].items():
        yield from _inline(name, definition)


def _inline(name: str, schema: Json) -> Iterator[tuple[str, Json]]:
    if schema.get("type") == "object":
        yield name, schema
        for field, inner in schema.get("properties", {}).items():
            yield from _inline(f"{name}/{field}", inner)


def _walk(name: str, schema: Json, value: Any) -> Iterator[tuple[str, Json]]:
    """Each object in `value` that `schema` describes, with the name of its definition."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = SHIPPED["$defs"][name]
    if value is None:
        return
    for branch in schema.get("anyOf", ()):
        if "$ref" in branch:
            yield from _walk(name, branch, value)
    if isinstance(value, list):
        for each in value:
            yield from _walk(name, schema.get("items", {}), each)
    if isinstance(value, dict) and "properties" in schema:
        yield name, value
        for field, inner in schema["properties"].items():
            if field in value:
                yield from _walk(f"{name}/{field}" if name else field, inner, value[field])


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(each) for key, each in schema.items()}
    if closed.get("type") == "object" and isinstance(closed.get("properties"), dict):
        closed["additionalProperties"] = False
    return closed


# ---- what is repeated is bounded -------------------------------------------------------------------------


def test_long_facts_are_named_and_left_out(reports: Mapping[str, Json]) -> None:
    """Nothing that was cut looks like the whole."""
    (outcome,) = reports["too_long"]["results"][0]["outcomes"]
    claimed = outcome["claimed"]
    assert outcome["outcome"] == "met"
    assert set(claimed["facts"]) | set(claimed["factsLeftOut"]) == {"privateReporting", "contacts"}
    assert "contacts" in claimed["factsLeftOut"]
    assert len(json.dumps(claimed["facts"])) <= MAX_FACTS_CHARACTERS + 100
    (attestation,) = reports["too_long"]["results"][0]["attestations"]
    said = attestation["claimed"]
    assert (len(said["purls"]), said["purlCount"]) == (MAX_PURLS_SHOWN, MAX_PURLS_SHOWN + 1)
    assert len(said["project"]) < 1100


def test_long_reasons_are_cut() -> None:
    """A bundle that is cited as evidence may be refused for what a stranger wrote."""
    graded = EvidenceStrength(
        practice="VUL-01",
        claimed=Strength.E4,
        verified=Strength.E2,
        reason="x" * 50_000,
        retrieved_at=None,
    )
    assert len(json.dumps(_graded((graded,)))) < 1500


# ---- the record ------------------------------------------------------------------------------------------


def test_what_the_answer_depends_on(reports: Mapping[str, Json], tmp_path: Path) -> None:
    """Whole digests of the bytes that were read."""
    setting = Setting(tmp_path)
    setting.ask("profile: orc-light")
    run = json.loads(setting.decide().json)["run"]
    catalogue = load_catalogue()
    assert run["tool"] == {"name": "avow", "version": __version__}
    assert run["policy"] == {
        "name": str(setting.policy),
        "path": str(setting.policy),
        "sha256": hashlib.sha256(setting.policy.read_bytes()).hexdigest(),
    }
    (root,) = run["trustedRoots"]
    assert root["name"] == "pinned"
    assert root["sha256"] == hashlib.sha256(setting.virtual.root()).hexdigest()
    assert run["catalogue"] == {
        "id": catalogue.id, "version": catalogue.version, "sha256": catalogue.digest,
    }  # fmt: skip
    assert run["profile"] == {
        "id": "orc-light", "version": catalogue.version, "sha256": _listing("orc-light"),
    }  # fmt: skip
    setting.ask("profile: default-connected", 'supportUntil: "2031-01-01"')
    extended = json.loads(setting.decide().json)["run"]["profile"]
    assert extended["sha256"] == _listing("default-connected", "default-low")
    assert json.loads(setting.decide(identity_only=True).json)["run"]["profile"] is None
    assert reports["by_options"]["run"]["policy"] is None


def _listing(*profiles: str) -> str:
    """As `sha256sum` and a shell work it out."""
    files = resources.files("avow._predicates") / "profiles"
    lines = [
        f"{hashlib.sha256((files / f'{name}.toml').read_bytes()).hexdigest()}  {name}.toml\n"
        for name in sorted(profiles)
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def test_where_it_looked(reports: Mapping[str, Json]) -> None:
    """Each place, with what it had and what could not be read; a gap of the run says that, too."""
    store, odd = reports["a_gap"]["run"]["searched"]["bundles"]
    assert (store["candidates"], store["failed"]) == (1, [])
    assert (odd["candidates"], [each["code"] for each in odd["failed"]]) == (0, ["bundle-unreadable"])
    assert odd["failed"][0]["location"] in {gap["location"] for gap in reports["a_gap"]["run"]["gaps"]}
    (evidence,) = reports["a_gap"]["run"]["searched"]["evidence"]
    assert evidence.endswith("evidence")


def test_proven_and_claimed_stand_apart(reports: Mapping[str, Json]) -> None:
    """The strength that the project claims is never in the object with the one that was found."""
    rows = {each["practice"]: each for each in reports["a_no"]["results"][0]["outcomes"]}
    row = rows["VUL-01"]
    assert (row["outcome"], row["requiredStrength"]) == ("metWeakEvidence", "E2")
    assert (row["proven"]["strength"], row["claimed"]["strength"]) == ("E0", "E2")
    assert row["claimed"]["facts"]["privateReporting"] is True
    assert row["claimed"]["reviewedAt"] == "2026-11-10"
    assert row["statement"] == reports["a_no"]["results"][0]["attestations"][0]["payloadSha256"]
    assert rows["GOV-03"]["claimed"]["facts"] == {"lifecycleState": "active"}
    assert (rows["SRC-01"]["proven"], rows["SRC-01"]["claimed"]) == (None, None)


def test_the_consumers_own_word_is_a_third_one(reports: Mapping[str, Json]) -> None:
    """Neither proven nor the project's claim: who looked or decided, when, at what, and until when."""
    report = reports["own_word"]
    (file,) = report["run"]["ownFiles"]
    assert file["name"] == "observations.yaml"
    assert report["run"]["supportUntil"] == "2031-01-01"
    rows = {each["practice"]: each for each in report["results"][0]["outcomes"]}
    look = rows["GOV-03"]["own"]["look"]
    assert (look["who"], look["at"], look["inPlace"]) == ("product security", "2026-11-19T00:00:00Z", True)
    assert (look["facts"], look["note"]) == ({"lifecycleState": "active"}, "a release each month")
    assert (look["versions"], look["artefact"]) == ("vers:pypi/2.4.1", None)
    assert (rows["GOV-03"]["proven"], rows["GOV-03"]["claimed"]) == (None, None)
    seen = rows["REL-04"]["own"]["look"]
    assert (seen["artefact"], seen["versions"], seen["facts"]) == (f"sha256:{SHA256}", None, None)
    gap, measure = (rows[each]["own"]["decision"] for each in ("VUL-01", "STW-01"))
    assert (gap["kind"], gap["because"], gap["until"]) == ("acceptedGap", "known", "2027-01-01")
    assert (gap["ticket"], gap["source"], gap["versions"]) == ("SEC-1", "", "vers:pypi/2.4.1")
    assert (measure["kind"], measure["measure"]) == ("measure", "a fork")
    assert (measure["ticket"], measure["source"]) == ("", "CTR-7")
    assert rows["TST-01"]["own"] is None
