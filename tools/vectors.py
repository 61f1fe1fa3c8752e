"""Write predicates/vectors: `python tools/vectors.py`. tests/contract/test_vectors.py runs what is written.

The inputs are made here. The expected answers of `evaluation.json` are written by hand beside them; those of
the other files follow from what a case is for, and are checked against it when they are written.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from support.vectors import VECTORS, answer, patched  # noqa: E402

from avow.catalogue.practices import Practice, load_catalogue  # noqa: E402
from avow.catalogue.profiles import Requirement, load_profile, profile_names  # noqa: E402
from avow.statement.predicate import LIMITATION  # noqa: E402
from avow.statement.types import PREDICATE_TYPE, PROVENANCE, STATEMENT_TYPE_V1, TEST_RESULT, WITHDRAWAL_TYPE  # noqa: E402
from avow.values import thaw  # noqa: E402
from avow.vocabulary import Strength  # noqa: E402

Json = dict[str, Any]

NOW: Final = "2026-12-01T00:00:00Z"
TODAY: Final = date(2026, 12, 1)
COMPONENT: Final = "pkg:pypi/acmelib"
PURL: Final = f"{COMPONENT}@2.4.1"
SHA256: Final = hashlib.sha256(b"acmelib 2.4.1, the source archive").hexdigest()
OTHER_SHA256: Final = hashlib.sha256(b"acmelib 2.4.1, the wheel").hexdigest()
REPOSITORY: Final = "https://github.com/acme/acmelib"
COMMIT: Final = "5e" * 20
GITHUB: Final = "https://token.actions.githubusercontent.com"
ACCOUNTS: Final = "https://accounts.example"
SUPPORT_UNTIL: Final = "2029-01-01"

SIGNERS: Final[Json] = {
    "maintainer": {"issuer": ACCOUNTS, "identity": "maintainer@acme.example"},
    "release": {
        "issuer": GITHUB,
        "identity": f"{REPOSITORY}/.github/workflows/release.yml@refs/tags/v2.4.1",
        "repository": REPOSITORY,
        "ownerId": "4711",
        "commit": COMMIT,
    },
    "sibling": {
        "issuer": GITHUB,
        "identity": "https://github.com/acme/tools/.github/workflows/scan.yml@refs/tags/v1",
        "repository": "https://github.com/acme/tools",
        "ownerId": "4711",
        "commit": "7a" * 20,
    },
    "steward": {"issuer": ACCOUNTS, "identity": "office@foundation.example"},
    "researcher": {"issuer": ACCOUNTS, "identity": "reviews@researcher.example"},
    "assessor": {"issuer": ACCOUNTS, "identity": "reports@assessor.example"},
    "stranger": {"issuer": ACCOUNTS, "identity": "anyone@example.org"},
}


def practice(practice_id: str) -> Practice:
    """The practice of the catalogue."""
    found = load_catalogue().practice(practice_id)
    assert found is not None
    return found


def facts(practice_id: str) -> Json:
    """The catalogue's example of facts that suffice."""
    return dict(thaw(practice(practice_id).examples.suffices))


def entry(practice_id: str = "VUL-01", **changed: Any) -> Json:
    """An entry as a truthful, well-run project writes it; None leaves a member out."""
    said = {
        "id": practice_id,
        "status": "implemented",
        "reviewedAt": "2026-11-01",
        "facts": facts(practice_id),
    }
    if practice(practice_id).is_observation:
        del said["status"]
    return {key: value for key, value in (said | changed).items() if value is not None}


def shown(text: str = "# Security\n", **changed: Any) -> Json:
    """A piece of evidence with these bytes; None removes a member."""
    item = {
        "type": "repoFile",
        "strength": "E2",
        "resource": {"uri": "SECURITY.md", "digest": {"sha256": digest(text)}},
        "retrievedAt": "2026-11-01T09:00:00Z",
    } | changed
    return {name: value for name, value in item.items() if value is not None}


def digest(text: str) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def payload(*practices: Json, **changed: Any) -> Json:
    """A statement about the artefact; `changed` replaces members of the predicate, `subject` the subjects."""
    subjects = changed.pop("subject", [{"name": "acmelib-2.4.1.tar.gz", "digest": {"sha256": SHA256}}])
    predicate_type = changed.pop("predicateType", PREDICATE_TYPE)
    predicate = {
        "kind": "release",
        "catalogue": {"id": "declared-practices", "version": load_catalogue().version},
        "declaredAt": "2026-11-02T10:00:00Z",
        "validUntil": "2028-11-01T00:00:00Z",
        "declarant": {"relationship": "maintainer"},
        "scope": {
            "project": {"name": "acmelib"},
            "purls": [PURL],
            "source": {"uri": REPOSITORY, "digest": {"gitCommit": COMMIT}},
        },
        "practices": list(practices),
        "limitations": [LIMITATION],
    } | changed
    return {
        "_type": STATEMENT_TYPE_V1,
        "subject": subjects,
        "predicateType": predicate_type,
        "predicate": {key: value for key, value in predicate.items() if value is not None},
    }


def signed(
    *practices: Json, signer: str = "maintainer", at: str = "2026-11-02T12:00:00Z", **changed: Any
) -> Json:
    """A verified statement."""
    return {"signer": signer, "verifiedTime": at, "payload": payload(*practices, **changed)}


def scope(**changed: Any) -> Json:
    """The scope of the statements here, with other members; None leaves one out."""
    whole = payload()["predicate"]["scope"] | changed
    return {key: value for key, value in whole.items() if value is not None}


def rule(signer: str = "maintainer", **changed: Any) -> Json:
    """A signer rule; the relationship is the signer's name where that is one."""
    words = load_catalogue().vocabularies["relationship"]
    return {
        "for": COMPONENT,
        "signer": signer,
        "relationship": signer if signer in words else "maintainer",
    } | changed


def look(practice_id: str = "VUL-01", **changed: Any) -> Json:
    """A look that found the practice in place, at whatever it is about."""
    level = practice(practice_id).subject_level
    about = {"release": {"artefact": f"sha256:{SHA256}"}, "releaseLine": {"versions": "vers:pypi/>=2.4|<2.5"}}
    said = {
        "practice": practice_id,
        "for": COMPONENT,
        "saw": "inPlace",
        "date": "2026-11-20",
        "source": "the project's pages",
        "who": "product security",
        **about.get(level, {}),
    } | changed
    return {key: value for key, value in said.items() if value is not None}


def gap(practice_id: str = "VUL-01", **changed: Any) -> Json:
    """An accepted gap that counts."""
    return {
        "practice": practice_id,
        "for": COMPONENT,
        "versions": "vers:pypi/>=2.4|<2.5",
        "because": "replaced next year",
        "measure": "isolated",
        "owner": "product security",
        "until": "2027-06-01",
    } | changed


def measure(practice_id: str, **changed: Any) -> Json:
    """A measure that counts, where one is offered."""
    found = gap(practice_id, **changed)
    del found["because"]
    return found


def scorecard(
    check: str = "Code-Review", score: Any = 10, *, repository: str = "github.com/acme/acmelib"
) -> str:
    """A result of OpenSSF Scorecard with one check, as text."""
    return json.dumps(
        {
            "date": "2026-11-20T10:00:00Z",
            "repo": {"name": repository, "commit": COMMIT},
            "scorecard": {"version": "v5.5.0"},
            "checks": [{"name": check, "score": score}],
        }
    )


def world(
    *statements: Json,
    require: Any = ("VUL-01",),
    rules: tuple[Json, ...] = (),
    evidence: tuple[str, ...] = (),
    own: Json | None = None,
    purl: str | None = PURL,
    now: str = NOW,
    bundles: Json | None = None,
    **policy: Any,
) -> Json:
    """An input; `require` has practices or requirements."""
    asked = {
        "require": [each if isinstance(each, dict) else {"practice": each} for each in require],
        "signers": list(rules or (rule(),)),
        **policy,
    }
    found: Json = {
        "now": now,
        "subject": {"digest": {"sha256": SHA256}} | ({"purl": purl} if purl else {}),
        "policy": {key: value for key, value in asked.items() if value},
        "signers": {},
        "statements": list(statements),
        "evidence": {digest(each): {"text": each} for each in evidence} | (bundles or {}),
    }
    if own:
        found["own"] = own
    named = json.dumps([found["policy"], found["statements"], found["evidence"]])
    found["signers"] = {name: about for name, about in SIGNERS.items() if f'"signer": "{name}"' in named}
    return found


@dataclass
class Group:
    """The vectors of one file."""

    name: str
    vectors: list[Json] = field(default_factory=list)

    def add(self, name: str, why: str, given: Json, expected: Json | None = None) -> None:
        """One vector; without `expected` the answer is Avow's own."""
        self._keep({"name": name, "why": why, "input": given}, given, expected)

    def change(self, name: str, why: str, base: str, *patch: Json, expected: Json | None = None) -> None:
        """One vector as a patch of another."""
        whole = next(each["input"] for each in self.vectors if each["name"] == base)
        self._keep(
            {"name": name, "why": why, "from": base, "patch": list(patch)},
            patched(whole, list(patch)),
            expected,
        )

    def _keep(self, vector: Json, given: Json, expected: Json | None) -> None:
        assert vector["name"] not in {each["name"] for each in self.vectors}, vector["name"]
        found = answer(given).json
        if expected is not None:
            differs = {key: (value, found[key]) for key, value in expected.items() if found[key] != value}
            assert not differs, f"{self.name}, {vector['name']}: {differs}"
        self.vectors.append({**vector, "expected": found})

    def write(self) -> None:
        """The file, one vector a paragraph."""
        lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in self.vectors)
        (VECTORS / f"{self.name}.json").write_text(f'{{"vectors": [\n{lines}\n]}}\n', encoding="utf-8")
        sys.stdout.write(f"{self.name}: {len(self.vectors)}\n")


def table(*lines: Any) -> Any:
    """Cases, one a line; of any types."""
    return lines


def says(outcome: str, verdict: str | None = None, **more: Any) -> Json:
    """An expected answer about VUL-01 alone."""
    yes = {"met": "clear", "compensated": "clear", "gapAccepted": "reviewOnly", "conflict": "blocked"}
    return {"outcomes": {"VUL-01": outcome}, "verdict": verdict or yes.get(outcome, "actionNeeded"), **more}


# fmt: off
# ---- evaluation.json -------------------------------------------------------------------------------------


def evaluation() -> Group:
    """One case for each sentence that decides something; the expected outcomes are written by hand."""
    group = Group("evaluation")
    for part in (_subject, _dates, _entries, _standing, _withdrawals, _voices, _evidence, _looks, _decisions, _confirmed):
        part(group)
    return group


def _subject(group: Group) -> None:
    yes, nothing = says("met"), says("unknown", decided=False, stands=[])
    add = group.add
    add("met", "declared, with facts that meet the conditions", world(signed(entry())), yes | {"stands": [0], "decided": True})
    add("nothing-there", "nobody says anything", world(), nothing)
    other = [{"name": "acmelib.whl", "digest": {"sha256": OTHER_SHA256}}]
    add("other-artefact", "it is about other bytes", world(signed(entry(), subject=other)), nothing)
    both = [*other, {"name": "a", "digest": {"sha256": SHA256}}]
    add("second-subject", "one of its subjects is the artefact", world(signed(entry(), subject=both)), yes)
    sha512 = hashlib.sha512(b"acmelib 2.4.1, the source archive").hexdigest()
    disagrees = [{"name": "a", "digest": {"sha256": SHA256, "sha512": "0" * 128}}]
    given = world(signed(entry(), subject=disagrees))
    add("digest-not-asked", "only the shared algorithm is compared", given, yes)
    given = copy.deepcopy(given)
    given["subject"]["digest"]["sha512"] = sha512
    add("digests-disagree", "every shared algorithm has to agree", given, nothing)
    weak = [{"name": "a", "digest": {"sha1": "a" * 40}}]
    add("weak-digest", "an algorithm that is not strong enough identifies nothing", world(signed(entry(), subject=weak)), nothing)
    names = [{"name": "anything else", "digest": {"sha256": SHA256}}]
    add("name-not-compared", "a subject's name decides nothing", world(signed(entry(), subject=names)), yes)
    for name, purls, versions, purl, stands in table(
        ("no-purls", None, None, PURL, True),
        ("other-component", ["pkg:pypi/other@2.4.1"], None, PURL, False),
        ("one-of-several", ["pkg:pypi/other@2.4.1", PURL], None, PURL, True),
        ("other-version", [f"{COMPONENT}@2.4.0"], None, PURL, False),
        ("purl-without-version", [COMPONENT], None, PURL, True),
        ("version-not-given", [f"{COMPONENT}@2.4.0"], None, COMPONENT, True),
        ("in-scope-versions", [COMPONENT], "vers:pypi/>=2.4|<2.5", PURL, True),
        ("outside-scope-versions", [COMPONENT], "vers:pypi/>=2.5", PURL, False),
        ("scope-versions-of-another-scheme", [COMPONENT], "vers:npm/2.4.1", PURL, False),
        ("own-version-outside-scope-versions", [PURL], "vers:pypi/>=2.5", PURL, True),
        ("purl-not-canonical", ["pkg:pypi/AcmeLib@2.4.1"], None, PURL, False),
        ("known-as-decides-nothing", ["pkg:pypi/other@2.4.1"], None, PURL, False),
    ):
        more = {"knownAs": [PURL]} if name == "known-as-decides-nothing" else {}
        given = world(signed(entry(), scope=scope(purls=purls, versions=versions, **more)), purl=purl)
        add(f"scope-{name}", f"the scope has purls {purls} and versions {versions}; asked about {purl}", given, yes if stands else nothing)
    add("component-from-policy", "the only component that the rules are for", world(signed(entry()), purl=None), yes)


def _dates(group: Group) -> None:
    yes, nothing, stale = says("met"), says("unknown", decided=False), says("stale")
    for name, changed, at, answers in table(
        ("declared-after-signing", {"declaredAt": "2026-11-02T12:01:01Z"}, "2026-11-02T12:00:00Z", nothing),
        ("declared-within-a-minute", {"declaredAt": "2026-11-02T12:01:00Z"}, "2026-11-02T12:00:00Z", yes),
        ("not-in-utc", {"declaredAt": "2026-11-02T10:00:00+01:00"}, "2026-11-02T12:00:00Z", nothing),
        ("zero-offset", {"declaredAt": "2026-11-02T10:00:00+00:00"}, "2026-11-02T12:00:00Z", nothing),
        ("ends-before-it-begins", {"validUntil": "2026-11-02T10:00:00Z"}, "2026-11-02T12:00:00Z", nothing),
        ("expired", {"validUntil": NOW}, "2026-11-02T12:00:00Z", stale),
        ("not-expired", {"validUntil": "2026-12-01T00:00:01Z"}, "2026-11-02T12:00:00Z", yes),
        ("signed-in-the-future", {}, "2026-12-01T00:05:01Z", nothing),
        ("signed-within-five-minutes", {}, "2026-12-01T00:05:00Z", yes),
    ):
        group.add(f"date-{name}", f"{changed or 'signed'}, by {at}", world(signed(entry(), at=at, **changed)), answers)
    old = {"declaredAt": "2024-12-01T00:00:00Z", "validUntil": "2034-01-01T00:00:00Z"}
    early = entry(reviewedAt="2024-12-01")
    for name, declared, now, answers in table(
        ("greatest-age", "2024-12-01T00:00:00Z", NOW, yes),
        ("too-old", "2024-11-30T23:59:59Z", NOW, stale),
    ):
        reviewed = entry(reviewedAt="2024-12-01")
        given = world(signed(reviewed, at="2024-12-01T00:00:00Z", **(old | {"declaredAt": declared})), now=now)
        group.add(f"age-{name}", "730 days, from the earlier of declaredAt and the verified time", given, answers)
    group.add(
        "age-fresh-timestamp",
        "a fresh verified time makes an old statement no younger",
        world(signed(early, at="2026-11-30T00:00:00Z", **(old | {"declaredAt": "2024-06-01T00:00:00Z"}))),
        stale,
    )
    long = {"declaredAt": "2026-01-01T00:00:00Z", "validUntil": "2036-01-01T00:00:00Z"}
    for name, now, answers in table(("within", "2028-01-01T00:00:00Z", yes), ("beyond", "2028-01-02T00:00:00Z", stale)):
        given = world(signed(entry(reviewedAt="2026-01-01"), at="2026-01-01T01:00:00Z", **long), now=now)
        group.add(f"age-cap-{name}", "only the first 731 days of a validity count", given, answers)
    for name, reviewed, at, answers in table(
        ("today", "2026-11-02", "2026-11-02T12:00:00Z", yes),
        ("tomorrow-somewhere", "2026-11-03", "2026-11-02T12:00:00Z", yes),
        ("in-the-future", "2026-11-03", "2026-11-02T09:58:00Z", nothing),
        ("730-days-ago", "2024-12-01", "2026-11-02T12:00:00Z", yes),
        ("731-days-ago", "2024-11-30", "2026-11-02T12:00:00Z", stale),
        ("missing", None, "2026-11-02T12:00:00Z", stale),
    ):
        declared = {"declaredAt": "2026-11-02T09:58:00Z"}
        group.add(f"review-{name}", f"reviewedAt {reviewed}", world(signed(entry(reviewedAt=reviewed), at=at, **declared)), answers)
    asked = {"practice": "VUL-01", "within": "365 days", "by": "declarant"}
    group.add("review-within", "a requirement's own limit", world(signed(entry(reviewedAt="2025-12-01")), require=(asked,)), yes)
    group.add("review-beyond", "a requirement's own limit", world(signed(entry(reviewedAt="2025-11-30")), require=(asked,)), stale)
    bound = {"practice": "VUL-01", "bound": "release"}
    group.add("review-bound", "bound to the release, the review may be old", world(signed(entry(reviewedAt="2020-01-01")), require=(bound,)), yes)
    for name, changed, answers in table(
        ("before", {"validFrom": "2026-11-02"}, yes),
        ("begins-later", {"validFrom": "2026-11-03"}, nothing),
        ("ended", {"validUntil": "2026-11-02"}, nothing),
        ("ends-later", {"validUntil": "2026-11-03"}, yes),
        ("revoked", {"revokedAt": "2026-11-02"}, nothing),
        ("revoked-later", {"revokedAt": "2026-11-03"}, yes),
    ):
        group.add(f"rule-{name}", f"the rule has {changed}", world(signed(entry()), rules=(rule(**changed),)), answers)
    group.add(
        "rule-from-with-fresh-timestamp",
        "validFrom is compared with when it was made, not with a later verified time",
        world(signed(entry(), at="2026-11-20T00:00:00Z"), rules=(rule(validFrom="2026-11-10"),)),
        nothing,
    )
    revoked = rule(revokedAt="2026-11-01") | {"for": "pkg:pypi/other"}
    group.add("rule-revoked-elsewhere", "what any rule revokes speaks for nothing", world(signed(entry()), rules=(rule(), revoked)), nothing)
    again = rule(validFrom="2026-11-01")
    group.add("rule-begins-again", "except by a rule that begins at the revocation or later", world(signed(entry()), rules=(revoked, again)), yes)


def _entries(group: Group) -> None:
    add, nothing = group.add, says("unknown", decided=False)
    for name, said, answers in table(
        ("absent", entry("VUL-02"), says("unknown", decided=True)),
        ("unknown-status", entry(status="planned"), says("unknown")),
        ("no-status", entry(status=None), says("unknown")),
        ("not-implemented", entry(status="notImplemented", facts=None), says("declaredGap")),
        ("partial", entry(status="partiallyImplemented", coverage="the main branch"), says("declaredGap")),
        ("partial-without-coverage", entry(status="partiallyImplemented"), says("declaredGap")),
        ("not-applicable", entry(status="notApplicable", reason="other", justification="it is a list"), says("notApplicable")),
        ("no-facts", entry(facts=None), says("declaredGap")),
        ("facts-not-an-object", entry(facts="yes"), says("unknown", decided=False)),
        ("unknown-fact", entry(facts=facts("VUL-01") | {"colour": "red"}), says("met")),
        ("contradicted", entry(facts=facts("VUL-01") | {"privateReporting": False}), says("declaredGap")),
        ("integer-for-boolean", entry(facts=facts("VUL-01") | {"privateReporting": 1}), says("declaredGap")),
        ("text-for-boolean", entry(facts=facts("VUL-01") | {"privateReporting": "true"}), says("declaredGap")),
        ("unknown-field", entry(importance="high"), says("met")),
    ):
        add(f"entry-{name}", f"the entry is {json.dumps(said, sort_keys=True)[:120]}", world(signed(said)), answers)
    add("entry-twice", "an id that stands twice makes the statement unusable", world(signed(entry(), entry(status="notImplemented"))), nothing)
    for name, changed in table(
        ("no-limitation", {"limitations": ["none"]}),
        ("no-practices", {"practices": []}),
        ("foreign-catalogue", {"catalogue": {"id": "other", "version": "1"}}),
        ("no-declarant", {"declarant": None}),
    ):
        add(f"unusable-{name}", "a core field is missing or foreign", world(signed(entry(), **changed)), nothing)
    add("other-edition", "judged by the consumer's edition", world(signed(entry(), catalogue={"id": "declared-practices", "version": "2020.1"})), says("met"))
    for name, word, outcome in table(("active", "active", "met"), ("archived", "archived", None), ("nonsense", "splendid", "unknown")):
        given = world(signed(entry("GOV-03", facts={"lifecycleState": word})), require=("GOV-03",))
        add(f"observation-{name}", f"lifecycleState {word}", given, {"outcomes": {"GOV-03": outcome}} if outcome else None)
    add("observation-with-status", "the status of an observation says nothing", world(signed(entry("GOV-03", status="notImplemented")), require=("GOV-03",)), {"outcomes": {"GOV-03": "met"}})
    for name, lines, version, outcome in table(
        ("supported", [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2029-06-30"}], PURL, "met"),
        ("until-next", [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "untilNext"}], PURL, "met"),
        ("best-effort", [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "bestEffort"}], PURL, "shortfall"),
        ("ended", [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "ended"}], PURL, "declaredGap"),
        ("today", [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2026-12-01"}], PURL, "declaredGap"),
        ("other-line", [{"versions": "vers:pypi/>=2.5", "securityUntil": "2029-06-30"}], PURL, "declaredGap"),
        ("two-items", [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "ended"}, {"versions": "vers:pypi/>=2.5", "securityUntil": "2029-06-30"}], PURL, "declaredGap"),
        ("two-of-one-provider", [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2029-06-30"}, {"versions": "vers:pypi/>=2.4", "securityUntil": "2028-06-30"}], PURL, "declaredGap"),
        ("two-providers", [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2029-06-30"}, {"versions": "vers:pypi/>=2.4", "securityUntil": "2028-06-30", "supportedBy": "thirdParty", "thirdPartyUrl": "https://support.example/acmelib"}], PURL, "met"),
        ("wrong-scheme", [{"versions": "vers:npm/>=2.4.0|<2.5.0", "securityUntil": "2029-06-30"}], PURL, "declaredGap"),
        ("version-from-scope", [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2029-06-30"}], COMPONENT, "met"),
    ):
        given = world(signed(entry("SUP-01", facts=facts("SUP-01") | {"lines": lines})), require=("SUP-01",), purl=version)
        add(f"support-{name}", f"lines {json.dumps(lines)}", given, {"outcomes": {"SUP-01": outcome}})
    unnamed = signed(entry("SUP-01"), scope=scope(purls=[COMPONENT]))
    add("support-version-unknown", "an unknown version is in no range", world(unnamed, require=("SUP-01",), purl=COMPONENT), {"outcomes": {"SUP-01": "declaredGap"}})
    for name, relationship, accepted, outcome in table(
        ("accepted", "maintainer", ["maintainer"], "met"),
        ("other", "contributor", ["maintainer", "steward"], "unknown"),
    ):
        asked = {"practice": "VUL-01", "relationships": accepted}
        others = (rule("steward"),) if relationship != "maintainer" else ()
        given = world(signed(entry()), require=(asked,), rules=(rule(relationship=relationship), *others))
        given["signers"]["steward"] = SIGNERS["steward"]
        add(f"relationship-{name}", f"listed as {relationship}, {accepted} required", given, says(outcome))
    claims = signed(entry(), declarant={"relationship": "steward"})
    given = world(claims, require=({"practice": "VUL-01", "relationships": ["steward"]},), rules=(rule(), rule("steward")))
    given["signers"]["steward"] = SIGNERS["steward"]
    add("relationship-self-declared", "what the statement says of its author does not count", given, says("unknown"))
    add("two-rules-first-counts", "of several rules the first in the policy counts", world(signed(entry()), require=({"practice": "VUL-01", "relationships": ["steward"]},), rules=(rule(relationship="steward"), rule())), says("met"))
    add("stranger", "nobody listed this signer", world(signed(entry(), signer="stranger")), nothing)
    add("recommended-open", "an open recommendation is something to read", world(signed(*[entry(each.practice) for each in load_profile("orc-light").required]), require=(), profile="orc-light"), {"verdict": "reviewOnly"})


def _standing(group: Group) -> None:
    add = group.add
    no = entry(status="notImplemented", facts=None)
    later = {"at": "2026-11-03T12:00:00Z", "declaredAt": "2026-11-03T10:00:00Z"}
    add("later-no", "a later statement of the same authority about the same artefacts replaces an earlier one", world(signed(entry()), signed(no, **later)), says("declaredGap", stands=[1]))
    add("later-yes", "also a no", world(signed(no), signed(entry(), **later)), says("met", stands=[1]))
    add("later-signed-earlier-made", "made is the earlier of declaredAt and the verified time", world(signed(no, **later), signed(entry(), at="2026-11-20T00:00:00Z")), says("declaredGap", stands=[0]))
    more = [{"name": "a", "digest": {"sha256": SHA256}}, {"name": "b", "digest": {"sha256": OTHER_SHA256}}]
    add("later-other-subjects", "with other subjects both stand, and the project's no is heard", world(signed(no), signed(entry(), subject=more, **later)), says("declaredGap", stands=[0, 1]))
    first = signed(entry("VUL-02"), subject=more)
    cites = [{"payloadSha256": _payload_sha256(first["payload"]), "reason": "extended"}]
    add("supersedes", "named by its payload, whatever the subjects", world(first, signed(entry(), supersedes=cites, **later)), says("met", stands=[1]))
    yes = signed(entry())
    rebuilt = signed(entry("VUL-02"), supersedes=[{"payloadSha256": _payload_sha256(yes["payload"])}], subject=more[1:], **later)
    add("supersedes-from-elsewhere", "also by a statement about other artefacts alone", world(yes, rebuilt), says("unknown", stands=[], decided=False))
    add("supersedes-by-another", "only the same authority is heard", world(first, signed(entry(), signer="steward", supersedes=cites, **later), rules=(rule(), rule("steward"))), says("met", stands=[0, 1]))
    add("supersedes-itself-not-there", "what is cited and not in hand changes nothing", world(signed(entry(), supersedes=[{"payloadSha256": "0" * 64}])), says("met", stands=[0]))
    add("same-moment", "of two that were made at the same time both stand", world(signed(entry()), signed(entry("VUL-02"))), says("met", stands=[0, 1]))
    add("other-authority", "a steward's later statement does not replace the project's", world(signed(entry()), signed(entry("VUL-02"), signer="steward", **later), rules=(rule(), rule("steward"))), says("met", stands=[0, 1]))
    add("unusable-replaces-nothing", "a statement that breaks the rules replaces nothing", world(signed(entry()), signed(no, limitations=["none"], **later)), says("met", stands=[0]))
    add("out-of-rule-replaces-nothing", "nor one whose signer is not admitted", world(signed(entry()), signed(no, signer="stranger", **later)), says("met", stands=[0]))
    add("two-statements-do-not-add-up", "one has the facts, the other the evidence", world(signed(entry(facts=None, evidence=[shown()])), signed(entry(), signer="steward"), rules=(rule(), rule("steward")), require=({"practice": "VUL-01", "evidence": "E2"},), evidence=("# Security\n",)), says("declaredGap"))


def withdrawal(*cited: Json, signer: str = "maintainer", at: str = "2026-11-10T12:00:00Z", subject: Any = None, **changed: Any) -> Json:
    """A verified withdrawal of the statements `cited`, or with other entries."""
    entries = changed.pop("withdraws", [{"payloadSha256": _payload_sha256(each["payload"]), "reason": "factsWrong"} for each in cited])
    predicate = {"withdrawnAt": "2026-11-10T10:00:00Z", "withdraws": entries} | changed
    whole = _foreign(WITHDRAWAL_TYPE, {key: value for key, value in predicate.items() if value is not None})
    if subject:
        whole["subject"] = subject
    return {"signer": signer, "verifiedTime": at, "payload": whole}


def _withdrawals(group: Group) -> None:
    add = group.add
    said = signed(entry())
    later = {"at": "2026-11-20T12:00:00Z", "declaredAt": "2026-11-20T10:00:00Z"}
    blocked = says("unknown", "blocked", stands=[], decided=True)
    both = (rule(), rule("steward"))
    add("withdrawn", "what its authority took back counts for nothing, and blocks", world(said, withdrawal(said)), blocked)
    add("withdrawn-by-another", "another authority is not heard", world(said, withdrawal(said, signer="steward"), rules=both), says("met", stands=[0]))
    add("withdrawn-by-a-stranger", "nor is somebody whom nobody listed", world(said, withdrawal(said, signer="stranger")), says("met"))
    add("withdrawn-later-than-now", "it does not hold yet", world(said, withdrawal(said, at="2026-12-01T00:05:01Z")), says("met"))
    add("withdrawn-long-ago", "withdrawnAt is for people", world(said, withdrawal(said, withdrawnAt="2020-01-01T00:00:00Z")), blocked)
    add("withdrawn-without-a-date", "and may be missing", world(said, withdrawal(said, withdrawnAt=None)), blocked)
    add("withdrawn-for-an-unknown-reason", "an unknown reason is one more reason", world(said, withdrawal(withdraws=[{"payloadSha256": _payload_sha256(said["payload"]), "reason": "moodSwing"}])), blocked)
    add("withdrawn-something-else", "what it cites is not there, and may have been about this artefact", world(said, withdrawal(withdraws=[{"payloadSha256": "0" * 64, "reason": "other"}])), None)
    other = [{"name": "acmelib.whl", "digest": {"sha256": OTHER_SHA256}}]
    add("withdrawn-by-payload", "the payload is withdrawn, also if the withdrawal repeats other subjects", world(said, withdrawal(said, subject=other)), blocked)
    add("withdrawn-and-said-again", "a later statement of the same authority counts instead", world(said, withdrawal(said), signed(entry(), **later)), says("met", stands=[2]))
    add("withdrawn-and-the-steward-speaks", "one of another authority does not", world(said, withdrawal(said), signed(entry(), signer="steward", **later), rules=both), says("met", "blocked"))
    earlier = signed(entry(), at="2026-10-02T12:00:00Z", declaredAt="2026-10-02T10:00:00Z")
    add("withdrawn-what-it-replaced", "what it had replaced stays replaced", world(entry_reviewed(earlier), said, withdrawal(said)), blocked)
    add("withdrawn-and-accepted", "no decision lifts it", world(said, withdrawal(said), acceptedGaps=[gap()]), says("gapAccepted", "blocked"))
    add("withdrawn-and-seen", "nor does a look", world(said, withdrawal(said), own={"observations": [look()]}), says("met", "blocked"))
    theirs = signed(entry(), signer="researcher")
    add("withdrawn-by-a-third-party", "what a third party takes back counts for nothing, and blocks nothing", world(said, theirs, withdrawal(theirs, signer="researcher"), rules=(rule(), rule("researcher"))), says("met", stands=[0]))
    add("withdrawn-by-who-may-contradict", "but of one who may contradict it blocks", world(said, theirs, withdrawal(theirs, signer="researcher"), rules=(rule(), rule("researcher", mayContradict=True))), says("met", "blocked", stands=[0]))
    taken_back = withdrawal(said)
    again = withdrawal(withdraws=[{"payloadSha256": _payload_sha256(taken_back["payload"]), "reason": "signedByMistake"}], at="2026-11-11T12:00:00Z")
    add("withdrawal-of-a-withdrawal", "a withdrawal can't be withdrawn", world(said, taken_back, again), blocked)
    add("withdrawn-after-the-rule-ended", "a rule that has ended still admits a withdrawal", world(said, withdrawal(said), rules=(rule(validUntil="2026-11-05"),)), blocked)
    add("withdrawn-after-a-revocation", "a revoked signer is not heard", world(said, withdrawal(said), rules=(rule(revokedAt="2026-11-05"),)), says("met"))
    add("withdrawn-before-a-revocation", "what was withdrawn before it stays so", world(said, withdrawal(said), rules=(rule(revokedAt="2026-11-15"),)), blocked)
    for name, why, entries in (
        ("no-entry", "without any entry it is unusable", []),
        ("no-digest", "an entry without a digest is ignored", [{"reason": "other"}]),
    ):
        add(f"withdrawal-{name}", why, world(said, withdrawal(withdraws=entries)), says("met"))


def entry_reviewed(statement: Json) -> Json:
    """The statement, with reviews not later than it was made."""
    found = copy.deepcopy(statement)
    for each in found["payload"]["predicate"]["practices"]:
        each["reviewedAt"] = "2026-10-01"
    return found


def _payload_sha256(value: Json) -> str:
    import rfc8785  # noqa: PLC0415

    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def _voices(group: Group) -> None:
    add = group.add
    no = entry(status="notImplemented", facts=None)
    partial = entry(status="partiallyImplemented", coverage="half")
    lists = (rule(), rule("researcher"))
    may = (rule(), rule("researcher", mayContradict=True))
    add("third-party-yes", "somebody else's word counts if it is listed", world(signed(entry(), signer="researcher"), rules=lists), says("met"))
    add("own-no-stands", "another voice can't turn the project's no into a yes", world(signed(no), signed(entry(), signer="researcher"), rules=lists), says("declaredGap"))
    add("own-silence", "silence is not a no", world(signed(entry("VUL-02")), signed(entry(), signer="researcher"), rules=lists), says("met"))
    add("own-shortfall", "less than is required is a no, too", world(signed(entry("SUP-01", facts={"lines": [{"versions": "vers:pypi/>=2.4", "securityUntil": "bestEffort"}]})), signed(entry("SUP-01"), signer="researcher"), rules=lists, require=("SUP-01",)), {"outcomes": {"SUP-01": "shortfall"}})
    add("own-not-applicable", "as is what is not confirmed", world(signed(entry(status="notApplicable", reason="other", justification="x", facts=None)), signed(entry(), signer="researcher"), rules=lists), says("notApplicable"))
    expired = {"at": "2024-01-01T12:00:00Z", "declaredAt": "2024-01-01T10:00:00Z", "validUntil": "2025-01-01T00:00:00Z"}
    add("own-no-expired", "an expired statement says neither", world(signed(no | {"reviewedAt": "2024-01-01"}, **expired), signed(entry(), signer="researcher"), rules=lists), says("met"))
    add("steward-no", "a steward's no is the project's own", world(signed(entry()), signed(no, signer="steward"), rules=(rule(), rule("steward"))), says("declaredGap"))
    add("denied", "without the right a denial is said beside the outcome", world(signed(entry()), signed(no, signer="researcher"), rules=lists), says("met"))
    add("conflict", "with the right it is a conflict, and blocks", world(signed(entry()), signed(no, signer="researcher"), rules=may), says("conflict"))
    add("conflict-partial", "partly is a denial as well", world(signed(entry()), signed(partial, signer="researcher"), rules=may), says("conflict"))
    add("conflict-needs-a-claim", "there is nothing to contradict", world(signed(entry("VUL-02")), signed(no, signer="researcher"), rules=may), says("declaredGap"))
    add("conflict-stale-review", "a claim whose review is old is still a claim", world(signed(entry(reviewedAt="2020-01-01")), signed(no, signer="researcher"), rules=may), says("conflict"))
    add("conflict-expired-denial", "an expired denial is silent", world(signed(entry()), signed(no | {"reviewedAt": "2024-01-01"}, signer="researcher", **expired), rules=may), says("met"))
    add("conflict-expired-claim", "and so is an expired claim", world(signed(entry(reviewedAt="2024-01-01"), **expired), signed(no, signer="researcher"), rules=may), says("stale"))
    add("conflict-recommended", "of a recommended practice it blocks nothing", world(signed(*[entry(each.practice) for each in load_profile("orc-light").required], entry("VUL-04")), signed(entry("VUL-04", status="notImplemented", facts=None), signer="researcher"), rules=may, require=(), profile="orc-light"), {"verdict": "reviewOnly"})
    add("conflict-observation", "observations contradict by their words", world(signed(entry("GOV-03", facts={"lifecycleState": "active"})), signed(entry("GOV-03", facts={"lifecycleState": "archived"}), signer="researcher"), rules=may, require=("GOV-03",)), {"outcomes": {"GOV-03": "conflict"}, "verdict": "blocked"})
    add("denial-by-facts-alone", "facts that do not suffice deny nothing", world(signed(entry()), signed(entry(facts=None), signer="researcher"), rules=may), says("met"))
    sibling = (rule("release"), rule("sibling", relationship="assessor"))
    their = scope(source={"uri": "https://github.com/acme/tools", "digest": {"gitCommit": "7a" * 20}})
    add("sibling-no", "another workflow of the same owner is the project itself", world(signed(entry(), signer="release"), signed(no, signer="sibling", scope=their), rules=sibling), says("declaredGap"))
    moved = {"uri": "https://github.com/acme/tools", "digest": {"gitCommit": COMMIT}}
    add("source-repository-differs", "the certificate proves another repository", world(signed(entry(), signer="release", scope=scope(source=moved)), rules=(rule("release"),)), says("unknown", decided=False))
    add("source-commit-differs", "the certificate proves another commit", world(signed(entry(), signer="release", scope=scope(source={"uri": REPOSITORY, "digest": {"gitCommit": "0" * 40}})), rules=(rule("release"),)), says("unknown", decided=False))
    add("source-absent", "the certificate states a source and the scope does not", world(signed(entry(), signer="release", scope=scope(source=None)), rules=(rule("release"),)), says("unknown", decided=False))
    add("source-git-prefix", "git+ in front and .git at the end are the same repository", world(signed(entry(), signer="release", scope=scope(source={"uri": f"git+{REPOSITORY}.git", "digest": {"gitCommit": COMMIT}})), rules=(rule("release"),)), says("met"))


def _evidence(group: Group) -> None:
    add = group.add
    text = "# Security\n"
    e2 = ({"practice": "VUL-01", "evidence": "E2"},)
    add("evidence-shown", "bytes at hand that match the digest", world(signed(entry(evidence=[shown()])), require=e2, evidence=(text,)), says("met"))
    add("evidence-missing", "without the bytes it is a claim", world(signed(entry(evidence=[shown(strength="E4")])), require=e2), says("metWeakEvidence"))
    add("evidence-none", "there is none", world(signed(entry()), require=e2, evidence=(text,)), says("metWeakEvidence"))
    add("evidence-of-another-practice", "it was given for another practice", world(signed(entry(), entry("VUL-02", evidence=[shown()])), require=e2, evidence=(text,)), says("metWeakEvidence"))
    add("evidence-not-asked", "E0 asks for none", world(signed(entry(evidence=[shown()]))), says("met"))
    both = {"uri": "SECURITY.md", "digest": {"sha256": digest(text), "sha512": "0" * 128}}
    add("evidence-second-digest-differs", "every digest has to agree", world(signed(entry(evidence=[shown(resource=both)])), require=e2, evidence=(text,)), says("metWeakEvidence"))
    foreign = {"uri": "SECURITY.md", "digest": {"sha256": digest(text), "gitBlob": "0" * 40}}
    add("evidence-unknown-digest", "an algorithm that identifies nothing is not compared", world(signed(entry(evidence=[shown(resource=foreign)])), require=e2, evidence=(text,)), says("met"))
    add("evidence-retrieved-later", "retrieved after the signing: the statement is unusable", world(signed(entry(evidence=[shown(retrievedAt="2026-11-03T00:00:00Z")])), require=e2, evidence=(text,)), says("unknown", decided=False))
    e2_within = ({"practice": "VUL-01", "evidence": "E2", "within": "365 days", "by": "declarant"},)
    add("evidence-old", "the review is as old as the evidence it needs", world(signed(entry(evidence=[shown(retrievedAt="2025-11-30T00:00:00Z")])), require=e2_within, evidence=(text,)), says("stale"))
    add("evidence-old-and-young", "the youngest piece that is strong enough", world(signed(entry(evidence=[shown(retrievedAt="2020-01-01T00:00:00Z"), shown()])), require=e2_within, evidence=(text,)), says("met"))
    add("evidence-old-strong-young-weak", "the young one is not strong enough", world(signed(entry(evidence=[shown(retrievedAt="2020-01-01T00:00:00Z"), shown("other")])), require=e2_within, evidence=(text,)), says("stale"))
    add("evidence-undated", "without a date it is as old as the review", world(signed(entry(evidence=[shown(retrievedAt=None)])), require=e2_within, evidence=(text,)), says("met"))
    result = scorecard()
    item = shown(result, type="scorecardResult", strength="E3", observed={"check": "Code-Review", "score": 10}, retrievedAt=None)
    e3 = ({"practice": "SRC-03", "evidence": "E3"},)
    late = {"at": "2026-11-21T12:00:00Z", "declaredAt": "2026-11-21T10:00:00Z"}
    add("evidence-tool-of-the-declarer", "whoever ships a tool's result may have made it up", world(signed(entry("SRC-03", evidence=[item]), **late), require=e3, evidence=(result,)), {"outcomes": {"SRC-03": "metWeakEvidence"}})
    add("evidence-tool-is-a-file", "it is a file like any other", world(signed(entry("SRC-03", evidence=[item]), **late), require=({"practice": "SRC-03", "evidence": "E2"},), evidence=(result,)), {"outcomes": {"SRC-03": "met"}})
    observer = ({"practice": "SRC-03", "within": "30 days", "by": "observer"},)
    add("evidence-tool-is-no-observer", "by observer is not met by what is shipped", world(signed(entry("SRC-03", evidence=[item]), **late), require=observer, evidence=(result,)), {"outcomes": {"SRC-03": "stale"}})


def _bundle(name: str, item: Json) -> tuple[str, Json]:
    """Signed evidence, and the digest that stands for its bundle."""
    return digest(name), item


def _confirmed(group: Group) -> None:
    add = group.add

    def asked(practice_id: str, item: Json, *, signer_rule: Json, said: Json | None = None, signer: str = "maintainer", now: str = NOW) -> Json:
        stated, bundle = _bundle(json.dumps(item, sort_keys=True), item)
        cited = shown(resource={"uri": "report", "digest": {"sha256": stated}}, type="otherAttestation", retrievedAt=None)
        return world(
            signed(said or entry(practice_id, evidence=[cited]), signer=signer, at="2026-11-10T12:00:00Z", declaredAt="2026-11-10T10:00:00Z"),
            require=({"practice": practice_id, "evidence": "E4", "bound": "release"},),
            rules=(rule(signer),),
            bundles={stated: bundle},
            evidenceSigners=[signer_rule],
            now=now,
        )

    def lists(*types: str, signer: str = "assessor", **more: Any) -> Json:
        return {"signer": signer, "relationship": "assessor", "predicateTypes": list(types), **more}

    def outcome(practice_id: str, word: str) -> Json:
        return {"outcomes": {practice_id: word}}

    theirs = signed(entry(), signer="assessor")
    declares = lists(PREDICATE_TYPE)
    add("e4", "somebody else declares the same practice", asked("VUL-01", theirs, signer_rule=declares), outcome("VUL-01", "met"))
    for name, item, why in table(
        ("says-no", signed(entry(status="notImplemented", facts=None), signer="assessor"), "it says that it is not in place"),
        ("facts-fall-short", signed(entry(facts=None), signer="assessor"), "its own facts do not suffice"),
        ("silent", signed(entry("VUL-02"), signer="assessor"), "it says nothing about the practice"),
        ("expired", signed(entry(), signer="assessor", validUntil=NOW), "it has expired"),
        ("other-artefact", signed(entry(), signer="assessor", subject=[{"name": "a", "digest": {"sha256": OTHER_SHA256}}]), "it is about other bytes"),
        ("other-component", signed(entry(), signer="assessor", scope=scope(purls=["pkg:pypi/other@2.4.1"])), "its scope names another component"),
        ("other-version", signed(entry(), signer="assessor", scope=scope(purls=[f"{COMPONENT}@2.4.0"])), "its scope names another version"),
        ("unusable-purl", signed(entry(), signer="assessor", scope=scope(purls=["pkg:PyPI/acmelib@2.4.1"])), "a purl that is not canonical makes it unusable"),
        ("not-listed", signed(entry(), signer="researcher"), "its signer is not listed for evidence"),
        ("later-than-now", signed(entry(), signer="assessor", at="2026-12-02T00:00:00Z"), "it is signed after the moment of the evaluation"),
    ):
        add(f"e4-{name}", why, asked("VUL-01", item, signer_rule=declares), outcome("VUL-01", "metWeakEvidence"))
    for name, by, word in (("withdrawn", "assessor", "metWeakEvidence"), ("withdrawn-by-another", "maintainer", "met")):
        given = asked("VUL-01", theirs, signer_rule=declares)
        given["statements"].append(withdrawal(theirs, signer=by, at="2026-11-20T12:00:00Z"))
        add(f"e4-{name}", "its signer took it back; nobody else can", given, outcome("VUL-01", word))
    add("e4-same-owner", "the declarer confirms itself", asked("VUL-01", signed(entry()), signer_rule=lists(PREDICATE_TYPE, signer="maintainer")), outcome("VUL-01", "metWeakEvidence"))
    add("e4-type-not-allowed", "the policy does not accept this type of this signer", asked("VUL-01", theirs, signer_rule=lists(TEST_RESULT)), outcome("VUL-01", "metWeakEvidence"))
    add("e4-older-than-the-statement", "a dated signature does not refresh", asked("VUL-01", signed(entry(), signer="assessor", at="2026-11-03T00:00:00Z"), signer_rule=declares), outcome("VUL-01", "met"))
    for result, word in (("PASSED", "met"), ("FAILED", "metWeakEvidence"), ("WARNED", "metWeakEvidence")):
        item = {"signer": "assessor", "verifiedTime": "2026-11-03T00:00:00Z", "payload": _foreign(TEST_RESULT, {"result": result})}
        add(f"e4-test-{result.lower()}", "a test report confirms tests if it passed", asked("TST-01", item, signer_rule=lists(TEST_RESULT)), outcome("TST-01", word))
        if result == "PASSED":
            add("e4-test-of-something-else", "and nothing else", asked("VUL-01", item, signer_rule=lists(TEST_RESULT)), outcome("VUL-01", "metWeakEvidence"))
    own = SIGNERS["release"]["identity"]
    for name, builder, builders, word in table(
        ("own-workflow", own, [], "met"),
        ("listed-builder", "https://builder.example", ["https://builder.example"], "met"),
        ("other-builder", "https://builder.example", [], "metWeakEvidence"),
        ("no-builder", None, [], "metWeakEvidence"),
    ):
        run = {"runDetails": {"builder": {"id": builder}}} if builder else {}
        item = {"signer": "release", "verifiedTime": "2026-11-03T00:00:00Z", "payload": _foreign(PROVENANCE, run)}
        listed = lists(PROVENANCE, signer="release", **({"builders": builders} if builders else {}))
        add(f"e4-provenance-{name}", "the platform that built it speaks through the project's workflow", asked("REL-05", item, signer_rule=listed, signer="release"), outcome("REL-05", word))


def _foreign(predicate_type: str, predicate: Json) -> Json:
    return {
        "_type": STATEMENT_TYPE_V1,
        "subject": [{"name": "acmelib-2.4.1.tar.gz", "digest": {"sha256": SHA256}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }


def _looks(group: Group) -> None:
    add = group.add

    def own(*looks: Json) -> Json:
        return {"observations": list(looks)}

    alone = says("met", "reviewOnly", decided=True, stands=[])
    none = says("unknown", decided=False)
    observer = ({"practice": "VUL-01", "within": "30 days", "by": "observer"},)
    bound = ({"practice": "VUL-01", "bound": "release"},)
    add("look-alone", "a look decides where nobody signs", world(own=own(look())), alone)
    for name, said, require, answers in table(
        ("not-in-place", look(saw="notInPlace"), ("VUL-01",), says("declaredGap", decided=True)),
        ("730-days-old", look(date="2024-12-01"), ("VUL-01",), alone),
        ("731-days-old", look(date="2024-11-30"), ("VUL-01",), says("stale", decided=True)),
        ("no-of-long-ago", look(saw="notInPlace", date="2015-01-01"), ("VUL-01",), says("declaredGap")),
        ("of-tomorrow", look(date="2026-12-02"), ("VUL-01",), none),
        ("of-today", look(date="2026-12-01"), ("VUL-01",), alone),
        ("within-30-days", look(date="2026-11-01"), observer, alone),
        ("beyond-30-days", look(date="2026-10-31"), observer, says("stale")),
        ("other-practice", look("VUL-02"), ("VUL-01",), none),
        ("other-component", look() | {"for": "pkg:pypi/other"}, ("VUL-01",), none),
        ("version-in-range", look(versions="vers:pypi/2.4.1"), ("VUL-01",), alone),
        ("version-outside", look(versions="vers:pypi/>=2.5"), ("VUL-01",), none),
        ("this-artefact", look(artefact=f"sha256:{SHA256}", date="2001-01-01"), bound, alone),
        ("other-artefact", look(artefact=f"sha256:{OTHER_SHA256}"), ("VUL-01",), none),
        ("no-artefact-for-a-bound-requirement", look(), bound, says("unknown")),
        ("for-relationships", look(), ({"practice": "VUL-01", "relationships": ["maintainer"]},), says("unknown")),
        ("for-e3", look(), ({"practice": "VUL-01", "evidence": "E3"},), alone),
        ("facts-suffice", look(facts=facts("VUL-01")), ("VUL-01",), alone),
        ("facts-fall-short", look(facts={"privateReporting": False}), ("VUL-01",), says("declaredGap")),
    ):
        add(f"look-{name}", f"a look: {json.dumps(said, sort_keys=True)[:100]}", world(own=own(said), require=require), answers)
    assessor = {"signer": "assessor", "relationship": "assessor", "predicateTypes": [PREDICATE_TYPE]}
    given = world(own=own(look()), require=({"practice": "VUL-01", "evidence": "E4"},), evidenceSigners=[assessor])
    add("look-for-e4", "a look is not somebody else's signature", given, says("metWeakEvidence"))
    add("look-latest-counts", "of several the latest", world(own=own(look(saw="notInPlace", date="2026-11-01"), look())), alone)
    add("look-latest-is-a-no", "also where it is a no", world(own=own(look(date="2026-11-01"), look(saw="notInPlace"))), says("declaredGap"))
    add("look-same-day", "of one day, one that is not in place", world(own=own(look(), look(saw="notInPlace"))), says("declaredGap"))
    add("look-version-unknown", "the consumer gave no version", world(own=own(look(versions="vers:pypi/2.4.1")), purl=COMPONENT), none)
    add("look-version-unknown-no", "a no may be about this version", world(own=own(look(versions="vers:pypi/<2.4", saw="notInPlace")), purl=COMPONENT), says("declaredGap"))
    add("look-same-day-facts-deny", "of one day, one whose facts deny", world(own=own(look(facts={"privateReporting": False}), look())), says("declaredGap"))
    add("look-version-of-the-statement", "the declarer's word does not place the component", world(signed(entry()), own=own(look(versions="vers:pypi/2.4.1")), purl=COMPONENT, require=observer), says("stale"))
    add("look-beside-a-statement", "the project says so, and we saw it", world(signed(entry()), own=own(look()), require=observer), says("met"))
    add("statement-without-a-look", "the project's own word is no observation", world(signed(entry()), require=observer), says("stale"))
    add("look-shows-what-is-declared", "a look counts as evidence up to E3", world(signed(entry()), own=own(look()), require=({"practice": "VUL-01", "evidence": "E3"},)), says("met"))
    add("look-against-a-claim", "our no stands against the project's yes", world(signed(entry()), own=own(look(saw="notInPlace"))), says("declaredGap"))
    add("look-against-a-gap", "our yes does not turn the project's no into one", world(signed(entry(status="notImplemented", facts=None)), own=own(look())), says("declaredGap"))
    add("look-too-old-beside-a-statement", "an old look supports nothing", world(signed(entry()), own=own(look(date="2026-10-31")), require=observer), says("stale"))
    add("look-does-not-refresh-a-review", "the declarant's review stays as old as it is, but the look meets it alone", world(signed(entry(reviewedAt="2020-01-01")), own=own(look())), says("met"))
    supported = look("SUP-01", facts=facts("SUP-01"))
    add("look-condition", "a condition of the profile needs the facts that were seen", world(own=own(look("SUP-01")), require=(), profile="default-low", supportUntil=SUPPORT_UNTIL))
    add("look-condition-with-facts", "with the facts it is met", world(own=own(supported), require=(), profile="default-low", supportUntil=SUPPORT_UNTIL))
    archived = look("GOV-03", facts={"lifecycleState": "archived"})
    nobody = {"lifecycleState": "archived", "activeMaintainers": 0}
    add("look-observation-word-and-more", "also beside a fact that is not usable", world(signed(entry("GOV-03")), own=own(look("GOV-03", facts=nobody)), require=("GOV-03",)), {"outcomes": {"GOV-03": "declaredGap"}, "verdict": "actionNeeded"})
    add("look-observation-word", "a word that rules it out is a no", world(own=own(archived), require=("GOV-03",)))
    for name, text, check, repository, met in table(
        ("good", scorecard(), "Code-Review", REPOSITORY, True),
        ("below", scorecard(score=9), "Code-Review", REPOSITORY, False),
        ("inconclusive", scorecard(score=-1), "Code-Review", REPOSITORY, False),
        ("text-score", scorecard(score="10"), "Code-Review", REPOSITORY, False),
        ("true-score", scorecard(score=True), "Code-Review", REPOSITORY, False),
        ("other-check", scorecard("Fuzzing"), "Code-Review", REPOSITORY, False),
        ("other-repository", scorecard(repository="github.com/acme/fork"), "Code-Review", REPOSITORY, False),
        ("git-suffix", scorecard(), "Code-Review", f"{REPOSITORY}.git", True),
        ("not-a-result", "no", "Code-Review", REPOSITORY, False),
    ):
        said = {"practice": "SRC-03", "for": COMPONENT, "check": check, "repository": repository, "sha256": digest(text), "who": "product security"}
        answers = {"outcomes": {"SRC-03": "met" if met else "unknown"}, "decided": met}
        add(f"tool-{name}", "what a tool's result shows is read from its bytes", world(own=own(said), require=("SRC-03",), evidence=(text,)), answers)
        if name == "good":
            add("tool-bytes-missing", "without its bytes it shows nothing", world(own=own(said), require=("SRC-03",)), {"outcomes": {"SRC-03": "unknown"}, "decided": False})
            week = ({"practice": "SRC-03", "within": "10 days", "by": "observer"},)
            add("tool-date", "as old as its run", world(own=own(said), require=week, evidence=(text,)), {"outcomes": {"SRC-03": "stale"}})
            fork = scope(source={"uri": "https://github.com/other/acmelib"})
            observer_of = ({"practice": "SRC-03", "within": "30 days", "by": "observer", "relationships": ["maintainer"]},)
            add("tool-of-the-declared-repository", "it supports a statement that declares this repository", world(signed(entry("SRC-03")), own=own(said), require=observer_of, evidence=(text,)), {"outcomes": {"SRC-03": "met"}})
            add("tool-of-another-repository", "and none that declares another", world(signed(entry("SRC-03"), scope=fork), own=own(said), require=observer_of, evidence=(text,)), {"outcomes": {"SRC-03": "stale"}})


def _decisions(group: Group) -> None:
    add = group.add
    add("gap-without-statement", "a named owner accepts it: a yes to be read", world(own={"acceptedGaps": [gap()]}), says("gapAccepted", decided=True, stands=[]))
    add("gap-in-the-policy", "as in a file of its own", world(acceptedGaps=[gap()]), says("gapAccepted"))
    add("gap-of-a-declared-gap", "whatever is open", world(signed(entry(status="notImplemented", facts=None)), acceptedGaps=[gap()]), says("gapAccepted"))
    add("gap-of-our-own-no", "our own no, too", world(own={"observations": [look(saw="notInPlace")], "acceptedGaps": [gap()]}), says("gapAccepted"))
    add("gap-not-needed", "what is met stays met", world(signed(entry()), acceptedGaps=[gap()]), says("met"))
    for name, changed, purl, answers in table(
        ("last-day", {"until": "2026-12-01"}, PURL, says("gapAccepted")),
        ("ended", {"until": "2026-11-30"}, PURL, says("unknown")),
        ("other-practice", {"practice": "VUL-02"}, PURL, says("unknown")),
        ("other-component", {"for": "pkg:pypi/other"}, PURL, says("unknown")),
        ("other-version", {"versions": "vers:pypi/>=2.5"}, PURL, says("unknown")),
        ("version-not-given", {}, COMPONENT, says("unknown")),
    ):
        add(f"gap-{name}", f"{changed}, asked about {purl}", world(own={"acceptedGaps": [gap(**changed)]}, purl=purl), answers)
    ended = gap(until="2026-11-30")
    add("gap-ended-but-met", "until it is removed, the component is held up", world(signed(entry()), acceptedGaps=[ended]), says("met", "actionNeeded"))
    add("gap-ended-of-another-version", "it is not about this version", world(signed(entry()), acceptedGaps=[gap(until="2026-11-30", versions="vers:pypi/>=2.5")]), says("met"))
    add("gap-ended-version-unknown", "it may be about this version", world(signed(entry()), acceptedGaps=[ended], purl=COMPONENT), says("met", "actionNeeded"))
    add("gap-ended-of-another-component", "it is not about this component", world(signed(entry()), acceptedGaps=[ended | {"for": "pkg:pypi/other"}]), says("met"))
    add("gap-declarers-version", "the declarer's version does not open it", world(signed(entry(status="notImplemented", facts=None)), acceptedGaps=[gap()], purl=COMPONENT), says("declaredGap"))
    no = signed(entry(status="notImplemented", facts=None), signer="researcher")
    may = (rule(), rule("researcher", mayContradict=True))
    add("gap-of-a-conflict", "a conflict is never accepted", world(signed(entry()), no, rules=may, acceptedGaps=[gap()]), says("conflict"))
    low: Any = {"require": (), "profile": "default-low", "supportUntil": SUPPORT_UNTIL}
    given = world(own={"measures": [measure("SUP-01")]}, **low)
    add("measure", "where the profile offers one", given, None)
    assert group.vectors[-1]["expected"]["outcomes"]["SUP-01"] == "compensated"
    add("measure-not-offered", "and nowhere else", world(own={"measures": [measure("VUL-01")]}), says("unknown", decided=False))
    add("measure-before-gap", "a measure comes first", world(own={"measures": [measure("SUP-01")], "acceptedGaps": [gap("SUP-01")]}, **low), None)
    assert group.vectors[-1]["expected"]["outcomes"]["SUP-01"] == "compensated"
    add("measure-ended", "an ended measure holds the component up", world(signed(entry()), own={"measures": [measure("VUL-01", until="2026-11-30")]}), says("met", "actionNeeded"))
    for name, changed, evidence, answers in table(
        ("listed", {}, "E0", "notApplicable"),
        ("no-justification", {"justification": None}, "E0", "notApplicable"),
        ("other-reason", {"reason": "languageProperty"}, "E0", "notApplicable"),
    ):
        said = entry("DEP-01", status="notApplicable", reason="noDependencies", justification="the standard library alone", facts=None)
        said = {key: value for key, value in (said | changed).items() if value is not None}
        verdict = "reviewOnly" if name == "listed" else "actionNeeded"
        asked = {"practice": "DEP-01", "evidence": evidence}
        add(f"not-applicable-{name}", f"reason {said.get('reason')}, justification {said.get('justification')}", world(signed(said), require=(asked,)), {"outcomes": {"DEP-01": answers}, "verdict": verdict})
    none = entry("DEP-01", status="notApplicable", reason="noDependencies", justification="the standard library alone", facts=None)
    dep = ("DEP-01",)
    add("not-applicable-against-an-entry", "the same statement has dependencies", world(signed(none, entry("DEP-03")), require=dep), {"outcomes": {"DEP-01": "notApplicable"}, "verdict": "actionNeeded"})
    add("not-applicable-beside-another", "another entry that does not apply either", world(signed(none, entry("DEP-03", status="notApplicable", reason="noDependencies", justification="none", facts=None)), require=dep), {"verdict": "reviewOnly"})
    add("not-applicable-against-a-list", "the same statement lists dependencies", world(signed(none, dependencyCoverage={"monitored": ["pkg:pypi/idna"]}), require=dep), {"verdict": "actionNeeded"})
    add("not-applicable-nothing-covered", "an empty list lists nothing", world(signed(none, dependencyCoverage={"monitored": []}), require=dep), {"verdict": "reviewOnly"})
    e2 = ({"practice": "DEP-01", "evidence": "E2"},)
    add("not-applicable-evidence-asked", "evidence is asked and not shown", world(signed(none), require=e2), {"verdict": "actionNeeded"})
    add("not-applicable-evidence-shown", "evidence is asked and shown", world(signed(none | {"evidence": [shown("no lock file")]}), require=e2, evidence=("no lock file",)), {"verdict": "reviewOnly"})


# ---- profiles.json ---------------------------------------------------------------------------------------

PROOF: Final = "what the project keeps about the practice\n"


def profiles() -> Group:
    """For each profile: clear, reviewOnly without a statement, and a near miss for each requirement."""
    group = Group("profiles")
    for name in profile_names():
        profile = load_profile(name)
        base = f"{name}: clear"
        group.add(
            base,
            "a truthful, well-run project, and the manufacturer's own looks",
            _well_run(name),
            {"verdict": "clear", "stands": [0]},
        )
        judged = [*profile.required, *(Requirement(practice=each) for each in profile.recommended)]
        positions = {each.practice: position for position, each in enumerate(judged)}
        for requirement in profile.required:
            _near_misses(group, base, requirement, positions[requirement.practice])
        decided = {"acceptedGaps": [gap(each.practice) for each in profile.required]}
        given = world(require=(), profile=name, supportUntil=SUPPORT_UNTIL, own=decided)
        group.add(
            f"{name}: nobody signs, every gap is decided",
            "each required practice is accepted under a name, with a measure and an end",
            given,
            {"verdict": "reviewOnly", "stands": [], "decided": True},
        )
        for position, requirement in enumerate(profile.required):
            group.change(
                f"{name}: nobody signs, {requirement.practice} is not decided",
                "one open requirement is enough for a no",
                f"{name}: nobody signs, every gap is decided",
                {"op": "remove", "path": f"/own/acceptedGaps/{position}"},
                expected={"verdict": "actionNeeded"},
            )
    return group


def _well_run(name: str) -> Json:
    """The statement of a project that does all that the profile asks, and what its consumer saw."""
    profile = load_profile(name)
    judged = [*profile.required, *(Requirement(practice=each) for each in profile.recommended)]
    provenance = {
        "signer": "release",
        "verifiedTime": "2026-11-02T11:00:00Z",
        "payload": _foreign(PROVENANCE, {"runDetails": {"builder": {"id": SIGNERS["release"]["identity"]}}}),
    }
    stated = digest("the bundle of the provenance")
    bundles: Json = {}
    entries, looks = [], []
    for each in judged:
        cited = [shown(PROOF)]
        if each.evidence is Strength.E4:
            bundles[stated] = provenance
            cited = [shown(resource={"uri": "provenance", "digest": {"sha256": stated}}, retrievedAt=None)]
        said = facts(each.practice)
        if each.practice == "REL-05":
            said |= {"slsaBuildLevel": 3, "reproducible": "yes"}
        entries.append(entry(each.practice, facts=said, evidence=cited))
        if each.observed_within_days is not None or each.evidence is Strength.E3:
            looks.append(look(each.practice))
    signer = {"signer": "release", "relationship": "automation", "predicateTypes": [PROVENANCE]}
    return world(
        signed(*entries, signer="release"),
        require=(),
        rules=(rule("release"),),
        profile=name,
        supportUntil=SUPPORT_UNTIL,
        evidence=(PROOF,),
        bundles=bundles,
        own={"observations": looks} if looks else None,
        evidenceSigners=[signer] if bundles else [],
    )


def _near_misses(group: Group, base: str, requirement: Requirement, position: int) -> None:
    """What is just not enough for one requirement; everything else is as in `base`."""
    at = f"/statements/0/payload/predicate/practices/{position}"
    given = next(each["input"] for each in group.vectors if each["name"] == base)
    looks = given.get("own", {}).get("observations", [])
    seen = next((i for i, each in enumerate(looks) if each["practice"] == requirement.practice), None)
    unseen = [] if seen is None else [{"op": "remove", "path": f"/own/observations/{seen}"}]
    falls_short = thaw(practice(requirement.practice).examples.falls_short)
    name = f"{base}, but {requirement.practice}"
    no = {"verdict": "actionNeeded"}
    patches: list[tuple[str, str, list[Json]]] = [
        ("says nothing", "there is no entry, and nobody looked", [{"op": "remove", "path": at}, *unseen]),
        ("falls short", "facts that only look like it", [{"op": "replace", "path": f"{at}/facts", "value": falls_short}, *unseen]),
    ]
    if not practice(requirement.practice).is_observation:
        honest = [{"op": "replace", "path": f"{at}/status", "value": "notImplemented"}]
        patches.append(("is declared missing", "the project says no, whatever we saw", honest))
    if requirement.observed_within_days is not None and seen is not None:
        too_old = (TODAY - timedelta(days=requirement.observed_within_days + 1)).isoformat()
        old = [{"op": "replace", "path": f"/own/observations/{seen}/date", "value": too_old}]
        patches.append(("was seen too long ago", "a day more than the limit", old))
    if requirement.declared_within_days is not None and seen is None:
        too_old = (TODAY - timedelta(days=requirement.declared_within_days + 1)).isoformat()
        old = [{"op": "replace", "path": f"{at}/reviewedAt", "value": too_old}]
        patches.append(("was reviewed too long ago", "a day more than the limit", old))
    if requirement.evidence is not Strength.E0 and not unseen:
        patches.append(("is not shown", "no evidence", [{"op": "remove", "path": f"{at}/evidence"}]))
    elif requirement.evidence is not Strength.E0:
        patches.append(("is not seen", "the project's own evidence is no look of ours", unseen))
    if requirement.relationships is not None:
        other = [{"op": "replace", "path": "/policy/signers/0/relationship", "value": "contributor"}]
        patches.append(("is a contributor's word", "the policy lists the signer as somebody else", other))
    for what, why, patch in patches:
        group.change(f"{name} {what}", why, base, *patch, expected=no)


# ---- practices.json --------------------------------------------------------------------------------------

BAD: Final[tuple[Any, ...]] = ("", " ", ".", "http://x", "see the documentation", 0, -1, [], {}, "1970-01-01")
"""Answers that look like one."""


def practices() -> Group:
    """For each practice the example that suffices, the one that does not, and each fact missing or made up."""
    group = Group("practices")
    for each in load_catalogue().practices:
        asked = (each.id,)
        good = facts(each.id)
        group.add(f"{each.id}: suffices", "the catalogue's example", world(signed(entry(each.id)), require=asked), {"outcomes": {each.id: "met"}})
        short = thaw(each.examples.falls_short)
        group.add(f"{each.id}: falls short", each.examples.because, world(signed(entry(each.id, facts=short)), require=asked))
        assert each.is_observation or group.vectors[-1]["expected"]["outcomes"][each.id] != "met", each.id
        conditions = [*each.implemented_when, *each.or_implemented_when]
        for name in dict.fromkeys(condition.fact.partition("[].")[0] for condition in conditions):
            if name not in good:
                continue
            at = f"/statements/0/payload/predicate/practices/0/facts/{name}"
            group.change(f"{each.id}: without {name}", "a fact that a condition looks at is missing", f"{each.id}: suffices", {"op": "remove", "path": at})
            for position, value in enumerate(BAD):
                group.change(f"{each.id}: {name} is made up, {position}", f"{name} is {json.dumps(value)}", f"{each.id}: suffices", {"op": "replace", "path": at, "value": value})
    return group


# ---- statements.json -------------------------------------------------------------------------------------


def statements() -> Group:
    """Payloads that a reader accepts, or refuses as a whole."""
    group = Group("statements")
    usable = {"stands": [0]}
    refused = {"stands": [], "decided": False}
    whole = payload(entry())

    def text(name: str, why: str, written: str, expected: Json) -> None:
        given = world({"signer": "maintainer", "verifiedTime": "2026-11-02T12:00:00Z", "text": written})
        group.add(name, why, given, expected)

    plain = json.dumps(whole)
    text("as written", "any order of members and any white space", json.dumps(whole, indent=3), usable)
    text("a byte order mark", "JSON text has none", "\ufeff" + plain, refused)
    text("a member twice", "two readers would take two different values", plain.replace('"declarant"', '"limitations": [], "declarant"'), refused)
    text("a status twice", "also deep inside", plain.replace('"status": "implemented"', '"status": "notImplemented", "status": "implemented"'), refused)
    text("a float", "there are none", plain.replace('"practices"', '"weight": 0.5, "practices"'), refused)
    text("a large integer", "2^53 is not exact in every reader", plain.replace('"practices"', '"weight": 9007199254740992, "practices"'), refused)
    text("the largest integer", "2^53 - 1 is", plain.replace('"practices"', '"weight": 9007199254740991, "practices"'), usable)
    text("not a number", "JSON has no NaN", plain.replace('"practices"', '"weight": NaN, "practices"'), refused)
    text("a comment", "JSON has none", plain + "// signed", refused)
    text("an array", "a statement is an object", f"[{plain}]", refused)
    text("nothing", "no text is no JSON", " ", refused)
    deep = "[" * 40 + "]" * 40
    text("too deep", "at most 32 levels", plain.replace('"practices"', f'"more": {deep}, "practices"'), refused)
    for name, why, changed, accepted in table(
        ("another type", "it is not a statement of in-toto v1", {"_type": "https://in-toto.io/Statement/v2"}, False),
        ("no subject", "it is about nothing", {"subject": []}, False),
        ("another predicate", "it is a statement about something else", {"predicateType": "https://example.org/v1"}, False),
        ("a later version", "a type URI is compared as it is", {"predicateType": PREDICATE_TYPE.replace("v0.1", "v0.2")}, False),
        ("an unknown member", "unknown members are ignored", {"extra": {"a": 1}}, True),
    ):
        group.add(name, why, world({"signer": "maintainer", "verifiedTime": "2026-11-02T12:00:00Z", "payload": whole | changed}), usable if accepted else refused)
    for name, why, changed, accepted in table(
        ("validUntil missing", "a consumer would rely on it for ever", {"validUntil": None}, False),
        ("declaredAt missing", "nobody knows when it was made", {"declaredAt": None}, False),
        ("declaredAt a number", "a date is text", {"declaredAt": 1794268800}, False),
        ("scope missing", "nobody knows what it is about", {"scope": None}, False),
        ("scope a text", "a known member of the wrong type", {"scope": "acmelib"}, False),
        ("practices an object", "a known member of the wrong type", {"practices": {"VUL-01": True}}, False),
        ("limitations missing", "the sentence is required", {"limitations": None}, False),
        ("kind missing", "it is a statement about a release", {"kind": None}, True),
        ("kind unknown", "nobody knows what it speaks about", {"kind": "product"}, False),
        ("an unknown member of the predicate", "unknown members are ignored", {"mood": "good"}, True),
        ("supersedes a text", "a known member of the wrong type", {"supersedes": "0" * 64}, False),
    ):
        said = signed(entry(), **{key: value for key, value in changed.items() if value is not None})
        for key, value in changed.items():
            if value is None:
                del said["payload"]["predicate"][key]
        group.add(name, why, world(said), usable if accepted else refused)
    for name, why, changed, accepted in table(
        ("an id that is not text", "a known member of the wrong type", {"id": 1}, False),
        ("an unknown id", "it is about no practice of this catalogue", {"id": "XYZ-99"}, True),
        ("a status that is not text", "a known member of the wrong type", {"status": True}, False),
        ("evidence that is not a list", "a known member of the wrong type", {"evidence": {}}, False),
        ("a day with a time", "reviewedAt is a date", {"reviewedAt": "2026-11-01T00:00:00Z"}, False),
        ("a day that is not in the calendar", "reviewedAt is a date", {"reviewedAt": "2026-02-30"}, False),
    ):
        group.add(f"an entry with {name}", why, world(signed(entry() | changed)), usable if accepted else refused)
    return group


# ---- versions.json ---------------------------------------------------------------------------------------


def versions() -> list[Json]:
    """Ranges and versions around their bounds, for every scheme with an order and one without."""
    from avow.formats.vers import VersInvalid, parse_vers  # noqa: PLC0415

    ranges = {
        "pypi": ("vers:pypi/>=2.4|<2.5", "vers:pypi/1%212.0", "vers:pypi/<1.0|>=2.0|!=2.3|<3.0", "vers:pypi/1.0|>=2.0"),
        "npm": ("vers:npm/>=1.2.0|<2.0.0", "vers:npm/1.2.3-rc.1|2.0.0"),
        "deb": ("vers:deb/>=1.0-1|<1:2.0", "vers:deb/>=2.0-1"),
        "rpm": ("vers:rpm/>=1.0-1.fc38|<2.0", "vers:rpm/>=1:1.0"),
        "maven": ("vers:maven/>=1.0|<1.10",),
        "gem": ("vers:gem/>=1.0|<1.10",),
        "cargo": ("vers:cargo/>=0.9.0|<1.0.0",),
        "golang": ("vers:golang/>=v1.2.0|<v2.0.0",),
        "nuget": ("vers:nuget/>=1.0|<2.0.0.1",),
        "apk": ("vers:apk/>=1.0-r1|<1.2", "vers:apk/<1.0-r0"),
        "generic": ("vers:generic/1.0|2.0-final",),
    }
    asked = (
        "0.9", "0.9.0", "1.0", "1.0.0", "1.0-1", "1.0-1.fc38", "1.0-r1", "1.2.0", "1.2.3", "1.2.3-rc.1", "1.9", "1.10", "2.0", "2.0.0",
        "2.0.0.1", "2.0.0-rc.1", "2.0-1", "2.0-final", "2.3", "2.4", "2.4.0", "2.4.1", "2.4rc1", "2.4.post1", "2.4+local", "2.5", "2.5.0",
        "2.5rc1", "1!2.0", "1:1.0", "1:2.0", "v1.2.0", "v1.2.3", "", "latest",
        "1.0-r0", "1.0-r01", "1.00", "1.01", "1.2147483648.0", "1.9007199254740993.0", "1.18446744073709551616.0", "4294967296:1.0",
    )  # fmt: skip
    found: list[Json] = []
    for texts in ranges.values():
        for text in texts:
            read = parse_vers(text)
            found += [{"range": text, "version": each, "contains": read.contains(each)} for each in asked]
    for text in (
        "2.4", "vers:pypi", "vers:pypi/", "vers:pypi/*", "vers:PYPI/1.0", "vers:pypi/>=2.5|<2.4", "vers:pypi/>=2.4|>=2.5",
        "vers:pypi/1.0|1.0", "vers:pypi/1.0|1.0.0", "vers:pypi/2.0|1.0", "vers:pypi/>=2.0|<3.0|2.5", "vers:pypi/!=1.0", "vers:generic/>=1.0",
        "vers:pypi/>=2.0rc1", "vers:pypi/>=2.0|<3.0|!=4.0", "vers:npm/>=1.0", "vers:pypi/ 1.0", "vers:pypi/1.0|", "vers:pypi/1%200",
        "vers:pypi/==1.0", "vers:pypi/>1.0|<1.0", "vers:pypi/<1.0|<2.0",
    ):  # fmt: skip
        try:
            parse_vers(text)
            contains: Any = parse_vers(text).contains("2.4")
        except VersInvalid:
            contains = "unusable"
        found.append({"range": text, "version": "2.4", "contains": contains})
    return found


# ---- generated.json --------------------------------------------------------------------------------------

DRAWN: Final = ("VUL-01", "SUP-01", "DEP-01", "DEP-03", "GOV-03", "SRC-03", "REL-04", "TST-01", "VUL-05")
_TEXTS: Final = ("# Security\n", "a log\n")


class _Draw:
    """Draws an input with a little of everything, most of it on the edge of counting."""

    def __init__(self, chance: random.Random) -> None:
        self.pick: Any = chance.choice
        self.chance = chance
        self.judged = chance.sample(DRAWN, chance.randint(1, 3))

    def some(self, probability: float) -> bool:
        return self.chance.random() < probability

    def day(self) -> str:
        days = ("2023-12-01", "2024-11-30", "2024-12-01", "2025-12-01", "2026-10-31", "2026-11-01", "2026-11-20")
        return str(self.pick(days))

    def facts(self, practice_id: str) -> Json:
        about = facts(practice_id)
        if self.some(0.12):
            about = dict(thaw(practice(practice_id).examples.falls_short))
        elif self.some(0.1) and about:
            about[self.pick(sorted(about))] = self.pick(BAD)
        return about

    def entry(self, practice_id: str, *, declared: str) -> Json:
        reviewed = self.day() if self.some(0.5) else "2026-11-01"
        found = entry(practice_id, facts=self.facts(practice_id), reviewedAt=min(reviewed, declared[:10]))
        others = ("partiallyImplemented", "notImplemented", "notApplicable", "planned", None)
        status = self.pick(("implemented",) * 14 + others)
        if not practice(practice_id).is_observation or self.some(0.1):
            found["status"] = status
        if status == "partiallyImplemented" and self.some(0.7):
            found["coverage"] = "half of it"
        if status == "notApplicable":
            found |= {"reason": self.pick(("noDependencies", "other", "languageProperty"))}
            if self.some(0.7):
                found["justification"] = "the standard library alone"
        if self.some(0.5):
            found["evidence"] = [self.evidence(declared) for _ in range(self.chance.randint(1, 2))]
        return {key: value for key, value in found.items() if value is not None}

    def evidence(self, declared: str) -> Json:
        found = shown(self.pick(_TEXTS))
        retrieved = self.pick((None, "2024-12-01T00:00:00Z", "2026-11-01T09:00:00Z"))
        del found["retrievedAt"]
        return found | ({"retrievedAt": min(retrieved, declared)} if retrieved else {})

    def scope(self, signer: str) -> Json:
        source = {
            "release": {"uri": REPOSITORY, "digest": {"gitCommit": COMMIT}},
            "sibling": {"uri": "https://github.com/acme/tools", "digest": {"gitCommit": "7a" * 20}},
        }.get(signer, {"uri": REPOSITORY})
        return scope(
            purls=self.pick(([PURL],) * 6 + ([COMPONENT], None, [f"{COMPONENT}@2.5.0"], ["pkg:pypi/other", PURL])),
            versions=self.pick((None,) * 4 + ("vers:pypi/>=2.4|<2.5", "vers:pypi/>=2.5")),
            source=source,
        )

    def statement(self) -> Json:
        declared, at = self.pick(
            (
                ("2026-11-02T10:00:00Z", "2026-11-02T12:00:00Z"),
                ("2026-11-02T10:00:00Z", "2026-11-20T12:00:00Z"),
                ("2026-11-21T10:00:00Z", "2026-11-21T12:00:00Z"),
                ("2024-12-02T10:00:00Z", "2024-12-02T12:00:00Z"),
            )
        )
        signer = self.pick(("maintainer",) * 4 + ("release", "release", "steward", "researcher", "researcher", "stranger", "sibling"))
        subject = [{"name": "a", "digest": {"sha256": self.pick((SHA256,) * 15 + (OTHER_SHA256,))}}]
        if self.some(0.15):
            subject.append({"name": "b", "digest": {"sha256": OTHER_SHA256}})
        more: Json = {"validUntil": self.pick(("2028-11-01T00:00:00Z", "2028-11-01T00:00:00Z", "2026-11-30T00:00:00Z"))}
        if self.some(0.1):
            more["dependencyCoverage"] = {"monitored": ["pkg:pypi/idna"]}
        about = {*(each for each in self.judged if self.some(0.85)), self.pick(DRAWN)}
        entries = [self.entry(each, declared=declared) for each in sorted(about)]
        return signed(*entries, signer=signer, at=at, declaredAt=declared, subject=subject, scope=self.scope(signer), **more)

    def requirement(self, practice_id: str) -> Json:
        found: Json = {"practice": practice_id, "evidence": self.pick(("E0", "E0", "E0", "E2", "E3"))}
        kind = self.pick(("none", "declarant", "observer", "release"))
        if kind == "release":
            found["bound"] = "release"
        elif kind != "none":
            found |= {"within": "400 days" if kind == "declarant" else self.pick(("30 days", "400 days")), "by": kind}
        if self.some(0.15):
            found["relationships"] = self.pick((["maintainer"], ["maintainer", "steward"]))
        return found

    def look(self, practice_id: str) -> Json:
        more = {"versions": self.pick(("vers:pypi/>=2.4|<2.5", "vers:pypi/2.5.0"))} if self.some(0.3) else {}
        saw = self.pick(("inPlace",) * 4 + ("notInPlace",))
        seen = self.pick((None, None, facts(practice_id)))
        return look(practice_id, date=self.day(), saw=saw, facts=seen, **more)

    def own(self) -> Json | None:
        found: Json = {}
        if self.some(0.5):
            about = {*(each for each in self.judged if self.some(0.6)), self.pick(DRAWN)}
            found["observations"] = [self.look(each) for each in sorted(about)]
        if self.some(0.3):
            until = self.pick(("2027-06-01", "2027-06-01", "2026-11-30"))
            found["acceptedGaps"] = [gap(self.pick(self.judged), until=until)]
        return found or None

    def input(self) -> Json:
        rules = [
            rule("maintainer", **self.pick(({}, {}, {"validFrom": "2026-11-10"}, {"validUntil": "2026-11-10"}))),
            rule("release"),
            rule("steward"),
            rule("researcher", **self.pick(({}, {"mayContradict": True}))),
            rule("sibling", relationship="assessor"),
        ]
        self.chance.shuffle(rules)
        statements = [self.statement() for _ in range(self.pick((0, 1, 1, 1, 2, 2, 3)))]
        if statements and self.some(0.2):
            cited = self.pick(statements)
            at = self.pick(("2026-11-03T12:00:00Z", "2026-11-22T12:00:00Z"))
            statements.append(withdrawal(cited, signer=self.pick((cited["signer"],) * 3 + ("stranger", "steward")), at=at))
        return world(
            *statements,
            require=tuple(map(self.requirement, self.judged)),
            rules=tuple(rules),
            evidence=tuple(each for each in _TEXTS if self.some(0.8)),
            own=self.own(),
            purl=self.pick((PURL, PURL, PURL, COMPONENT, None)),
        )


def drawn(chance: random.Random) -> Json:
    """An input with a little of everything, most of it on the edge of counting."""
    return _Draw(chance).input()


def generated(count: int = 200) -> Group:
    """Inputs that nobody thought of; the answers are Avow's, and a second evaluator agrees (tests)."""
    group = Group("generated")
    chance = random.Random(20261127)  # noqa: S311  not for secrets
    for number in range(count):
        group.add(f"drawn {number}", "drawn at random", drawn(chance))
    return group


def main() -> None:
    """Write every file."""
    for group in (evaluation(), statements(), practices(), profiles(), generated()):
        group.write()
    found = versions()
    lines = ",\n".join(json.dumps(each) for each in found)
    (VECTORS / "versions.json").write_text(f'{{"vectors": [\n{lines}\n]}}\n', encoding="utf-8")
    sys.stdout.write(f"versions: {len(found)}\n")


if __name__ == "__main__":
    main()
