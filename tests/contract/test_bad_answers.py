"""What people write who want to get past a form, and which condition of the catalogue refuses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from avow.catalogue.conditions import Condition
from avow.catalogue.facts import FactType
from avow.catalogue.practices import Practice, load_catalogue
from avow.formats.vers import VersInvalid, parse_vers
from avow.values import thaw

CATALOGUE = load_catalogue()

NO_TEXT: tuple[Any, ...] = (
    None, "", " ", "\t\n", ".", "-", "—", "...", "?", "n/a", "N/A.", "(none)", "None", "null", "TODO",
    "tbd.", "FIXME",
    "xxx", "Unknown", "not applicable", 0, 1, True, [], {},
)  # fmt: skip
NO_URL: tuple[Any, ...] = (
    *NO_TEXT, "http://x", "https://localhost/policy", "https://wiki.local/policy",
    "https://git.internal/acme",
    "https://example.com", "https://www.example.org/policy", "http://127.0.0.1/policy",
    "https://[::1]/policy",
    "https://user:secret@acme.example/policy", "ftp://acme.example/policy", "file:///etc/passwd",
    "javascript:alert(1)",
    "see the README", "docs/policy.md", "acme.example/policy", "https:///policy",
    "https://acme .example/policy",
)  # fmt: skip
NO_PAGE: tuple[Any, ...] = (
    *NO_URL,
    "https://github.com",
    "https://github.com/",
    "https://acme.example?",
    "http://a.example#",
)
NO_LICENCE: tuple[Any, ...] = (
    *NO_TEXT, "Proprietary", "UNLICENSED", "NOASSERTION", "NONE", "see LICENSE", "MIT-like", "Apache",
    "GPL", "BSD",
    "MIT/Apache-2.0", "MIT AND", "()", "(MIT", "BUSL-1.1", "SSPL-1.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0",
    "LicenseRef-Acme", "MIT AND LicenseRef-Acme", "MIT AND BUSL-1.1", "MIT WITH Acme-exception",
    "(" * 60 + "MIT" + ")" * 60,
    "MIT OR " * 400 + "MIT",
)  # fmt: skip
NO_DATE: tuple[Any, ...] = (
    *NO_TEXT, "yesterday", "2026", "2026-11", "2026-02-30", "20261101", "01.11.2026",
    "2026-11-01T00:00:00Z", "1970-01-01",
    "1980-01-01", "0001-01-01",
)  # fmt: skip
BAD: Mapping[str, tuple[Any, ...]] = {
    "string": NO_TEXT,
    "url": NO_URL,
    "page": NO_PAGE,
    "contact": (
        *NO_PAGE, "security", "security@acme", "@acme.example", "security@example.com", "root@localhost",
    ),
    "spdxExpression": NO_LICENCE,
    "boolean": (None, "", "yes", "true", "no", 0, 1, [], "n/a"),
    "integer": (None, "", "7", 7.5, -1, True, "soon", [7], 2**53),
    "date": NO_DATE,
    "dateOrWord": (*NO_DATE, "soon", "never", "always", "bestEffort", "ended", "2026-11-20", "2020-01-01"),
    "versRange": (
        *NO_TEXT, "*", "all", "latest", "2.x", ">=2.4", "vers:pypi/*",
        "vers:pypi/<2.0", "vers:pypi/>=3.0",
    ),
    "digestSet": (
        *NO_TEXT, "sha256", {"sha256": ""}, {"sha256": "abc"}, {"md5": "0" * 32}, {"sha1": "0" * 40},
        {"sha256": "A" * 64},
    ),
    "enum": (None, "", " ", "n/a", "yes!", "other", "Unknown", 0, True, []),
}  # fmt: skip
"""By type of fact; none of these is an answer."""

FUTURE = "2031-01-01"


def bad_values(fact: FactType, condition: Condition) -> Iterator[Any]:
    """Values of which none may satisfy `condition`."""
    if fact.type == "list":
        yield from (None, "", "none", ".", 0, {})
        if fact.item.type == "record":
            yield from (["none"], [{}], [None])
        else:
            yield from ([each] for each in BAD[fact.item.type])
            yield [" ", "."]
        if condition.op == "nonEmpty":
            yield []
        return
    yield from BAD[fact.type]
    match condition.op:
        case "isTrue":
            yield False
        case "equals" | "in":
            yield from (word for word in (*fact.values, *range(5)) if word not in condition.allowed)
        case "atLeast":
            yield from (0, int(condition.allowed[0]) - 1)
        case "atMost":
            yield from (99999, int(condition.allowed[0]) + 1)
        case "nonEmpty" if fact.type == "integer":
            yield 0
        case "dateByEvaluation":
            yield FUTURE


def unmet(practice: Practice, facts: Mapping[str, Any]) -> list[str]:
    """The facts whose conditions do not hold, without the fields of items."""

    def in_range(version: str, versions: str) -> bool:
        try:
            return parse_vers(versions).contains(version)
        except VersInvalid:
            return False

    found = practice.unmet(
        facts, today=CATALOGUE.example_date, version=CATALOGUE.example_version, version_in_range=in_range
    )
    return [each.fact.partition("[")[0] for each in found]


def conditions(practice: Practice) -> Iterator[Condition]:
    """Those that the practice's good example meets, of the first or of the second list."""
    first = practice.usable_when or practice.implemented_when
    whole = thaw(practice.examples.suffices)
    only_first = practice.model_copy(update={"or_implemented_when": ()})
    yield from practice.or_implemented_when if unmet(only_first, whole) else first


CASES = [
    pytest.param(practice, condition, id=f"{practice.id}-{condition.fact}-{condition.op}")
    for practice in CATALOGUE.practices
    for condition in conditions(practice)
    if condition.op != "empty"
]


@pytest.mark.parametrize(("practice", "condition"), CASES)
def test_each_condition_refuses_what_is_not_an_answer(practice: Practice, condition: Condition) -> None:
    """Beside a good answer to everything else, and naming the fact that is bad."""
    good: dict[str, Any] = thaw(practice.examples.suffices)
    name = condition.list_name or condition.name
    types = practice.facts[name].fields if condition.list_name else practice.facts
    tried = 0
    for bad in bad_values(types[condition.name], condition):
        if bad is None and condition.if_given:
            continue
        if condition.list_name:
            items = good.get(name) or []
            written: Any = [{**item, condition.name: bad} for item in items]
            if not items:
                continue
        else:
            written = bad
        found = unmet(practice, {**good, name: written})
        assert found, (name, written)
        assert practice.or_implemented_when or name in found, (name, written, found)
        tried += 1
    assert tried or (condition.list_name and not good.get(name))


@pytest.mark.parametrize("practice", CATALOGUE.practices, ids=lambda each: each.id)
def test_every_fact_that_a_condition_needs_is_needed(practice: Practice) -> None:
    """Whatever is left out of a good answer, it is noticed."""
    good: dict[str, Any] = thaw(practice.examples.suffices)
    for condition in conditions(practice):
        name = condition.list_name or condition.name
        if condition.if_given or condition.op == "empty" or name not in good:
            continue
        assert unmet(practice, {key: value for key, value in good.items() if key != name}), name


_LINE = "vers:pypi/>=2.4|<2.5"

REALISTIC: tuple[tuple[str, dict[str, Any], str], ...] = (
    # A page of the forge that every project has.
    ("GOV-01", {"guideUrl": "https://github.com"}, "guideUrl"),
    ("GOV-02", {"url": "https://acmelib.example/", "rolesDescribed": True}, "url"),
    ("GOV-03", {"lastCommit": "2027-01-01"}, "lastCommit"),
    ("GOV-03", {"activeMaintainers": 0}, "activeMaintainers"),
    # Owners only, and everybody who can publish the package without a second factor.
    ("GOV-04", {"appliesTo": "owners"}, "appliesTo"),
    ("GOV-04", {"weakestFactor": "a strong one"}, "weakestFactor"),
    ("LIC-01", {"spdxExpression": "Open source, see LICENSE"}, "spdxExpression"),
    ("LIC-01", {"spdxExpression": "Elastic-2.0"}, "spdxExpression"),
    ("LIC-02", {"exceptions": ["a vendor's compiler"]}, "exceptions"),
    ("LIC-03", {"mechanism": "platformTerms"}, "mechanism"),
    ("LIC-03", {"enforcedBy": "reviewer"}, "enforcedBy"),
    ("SRC-01", {"history": "onePerRelease"}, "history"),
    ("SRC-01", {"vcsUrl": "https://github.com"}, "vcsUrl"),
    ("SRC-02", {"bypassActors": [" "]}, "bypassActors"),
    ("SRC-02", {"bypassActors": "none"}, "bypassActors"),
    ("SRC-03", {"reviewersRequired": 0}, "reviewersRequired"),
    ("SRC-04", {"prevention": "none"}, "prevention"),
    ("SRC-05", {"exceptions": ["."]}, "exceptions"),
    ("TST-01", {"command": "n/a"}, "command"),
    ("TST-01", {"needsProjectAccess": "yes"}, "needsProjectAccess"),
    ("TST-02", {"tools": [{"type": "SAST", "name": "TBD", "runs": "ci"}]}, "tools"),
    ("TST-02", {"tools": [{"type": "SAST", "name": "CodeQL", "runs": "adhoc"}]}, "tools"),
    ("TST-03", {"unsafeParts": [{"part": "all of it", "mitigations": ["other"]}]}, "unsafeParts"),
    ("TST-03", {"unsafeParts": [{"part": "-", "mitigations": ["fuzzing"]}]}, "unsafeParts"),
    ("TST-03", {"unsafeParts": "the parser"}, "unsafeParts"),
    (
        "TST-04",
        {"reviews": [{"date": "2027-01-01", "by": "TBD", "versions": "vers:pypi/>=2.4|<2.5"}]},
        "reviews",
    ),
    ("DEP-01", {"format": "README"}, "format"),
    ("DEP-02", {"digest": {"sha1": "0" * 40}}, "digest"),
    ("DEP-03", {"checkedBeforeAdding": ["gut feeling"]}, "checkedBeforeAdding"),
    ("DEP-03", {"trustedSources": ["n/a"]}, "trustedSources"),
    ("DEP-03", {"updatesLookedFor": "onReport"}, "updatesLookedFor"),
    ("DEP-04", {"frequency": "perChange"}, "frequency"),
    ("REL-01", {"buildTools": ["-"]}, "buildTools"),
    ("REL-01", {"needsProjectAccess": "forSigningOnly"}, "needsProjectAccess"),
    ("REL-02", {"scheme": "whatever"}, "scheme"),
    ("REL-03", {"namesSecurityFixes": "if there are any"}, "namesSecurityFixes"),
    ("REL-04", {"signerIdentity": "TODO"}, "signerIdentity"),
    ("REL-05", {"slsaBuildLevel": 0}, "slsaBuildLevel"),
    ("REL-06", {"actionsPinned": "mostly"}, "actionsPinned"),
    ("REL-07", {"keyKept": "notSigned"}, "keyKept"),
    ("REL-07", {"invalidatedBy": []}, "invalidatedBy"),
    ("REL-07", {"channels": [{"kind": "website", "url": "https://acmelib.example"}]}, "channels"),
    ("VUL-01", {"contacts": [{"kind": "email", "value": "https://acmelib.example/contact"}]}, "contacts"),
    ("VUL-01", {"contacts": [{"kind": "web", "value": "https://github.com"}]}, "contacts"),
    ("VUL-01", {"contacts": [{"kind": "email", "value": "security@example.com"}]}, "contacts"),
    ("VUL-02", {"acknowledgeWithinDays": 0}, "acknowledgeWithinDays"),
    ("VUL-02", {"acknowledgeWithinDays": 365}, "acknowledgeWithinDays"),
    ("VUL-02", {"discloseWithinDays": 36500}, "discloseWithinDays"),
    ("VUL-02", {"disclosureCountsFrom": "fix"}, "disclosureCountsFrom"),
    ("VUL-03", {"identifierSource": "none"}, "identifierSource"),
    ("VUL-03", {"lastAdvisory": "2027-01-01"}, "lastAdvisory"),
    ("VUL-04", {"feeds": [{"kind": "atom", "url": "https://acmelib.example"}]}, "feeds"),
    ("VUL-05", {"windowMonths": 1}, "windowMonths"),
    ("VUL-05", {"asOf": "2027-01-01"}, "asOf"),
    ("VUL-05", {"events": "none known"}, "events"),
    ("VUL-05", {"events": [{"advisory": "CVE-2026-1", "reportedAt": "1970-01-01"}]}, "events"),
    ("VUL-06", {"lastUpdated": "2027-01-01"}, "lastUpdated"),
    ("VUL-07", {"preferredFixForm": "any"}, "preferredFixForm"),
    ("VUL-08", {"form": "nextRelease"}, "form"),
    ("SUP-01", {"lines": [{"versions": "vers:pypi/>=2.4", "securityUntil": "2020-01-01"}]}, "lines"),
    ("SUP-02", {"noticeDays": 7}, "noticeDays"),
    ("SUP-02", {"noticeDays": 1_000_000}, "noticeDays"),
    ("SUP-02", {"channels": ["as appropriate"]}, "channels"),
    ("DOC-01", {"intendedFor": ["."]}, "intendedFor"),
    ("DOC-02", {"riskyDefaults": ["n/a"]}, "riskyDefaults"),
    ("DOC-03", {"designUrl": "https://acmelib.example/"}, "designUrl"),
    ("DOC-04", {"date": "2027-01-01"}, "date"),
    ("DOC-05", {"assumptions": [{"id": "A1", "text": "none", "ifViolated": "n/a"}]}, "assumptions"),
    ("DOC-05", {"knownRiskyUses": ["none"]}, "knownRiskyUses"),
    ("DOC-05", {"network": "maybe"}, "network"),
    ("DOC-06", {"uses": []}, "uses"),
    (
        "DOC-06",
        {"uses": [{"purpose": "all", "algorithms": ["AES"], "providedBy": "x", "changedBy": "update"}]},
        "uses",
    ),
    ("DOC-06", {"usesCryptography": "no"}, "usesCryptography"),
    ("STW-01", {"registration": "-"}, "registration"),
    ("STW-01", {"supportKinds": ["goodwill"]}, "supportKinds"),
    ("STW-01", {"url": "https://foundation.example"}, "url"),
    # Whatever else is good: a front page where a page is meant.
    ("LIC-01", {"textUrl": "https://opensource.org"}, "textUrl"),
    ("LIC-03", {"textUrl": "https://developercertificate.org/"}, "textUrl"),
    ("SRC-04", {"policyUrl": "https://acmelib.example"}, "policyUrl"),
    ("TST-01", {"docsUrl": "https://acmelib.example"}, "docsUrl"),
    ("TST-02", {"findingsPolicyUrl": "https://acmelib.example"}, "findingsPolicyUrl"),
    ("DEP-01", {"url": "https://packages.example"}, "url"),
    ("DEP-02", {"url": "https://acmelib.example"}, "url"),
    ("DEP-03", {"policyUrl": "see dependabot.yml"}, "policyUrl"),
    ("DEP-04", {"thresholdPolicyUrl": "the most important ones"}, "thresholdPolicyUrl"),
    ("REL-01", {"url": "see the CI configuration"}, "url"),
    ("REL-02", {"releasesUrl": "https://packages.example/"}, "releasesUrl"),
    ("REL-03", {"url": "git log"}, "url"),
    ("REL-04", {"verifyUrl": "https://www.gnupg.org"}, "verifyUrl"),
    ("REL-05", {"provenanceUrl": "https://slsa.dev"}, "provenanceUrl"),
    ("REL-07", {"planUrl": "we would generate a new key"}, "planUrl"),
    ("VUL-02", {"policyUrl": "https://acmelib.example"}, "policyUrl"),
    ("VUL-03", {"listUrl": "https://nvd.nist.gov"}, "listUrl"),
    ("VUL-06", {"url": "https://acmelib.example"}, "url"),
    ("VUL-07", {"defectUrl": "https://github.com"}, "defectUrl"),
    ("VUL-08", {"policyUrl": "https://acmelib.example"}, "policyUrl"),
    ("SUP-02", {"policyUrl": "https://acmelib.example"}, "policyUrl"),
    ("DOC-01", {"url": "https://acmelib.example"}, "url"),
    ("DOC-02", {"url": "https://acmelib.example"}, "url"),
    ("DOC-02", {"url": "https://acmelib.example", "safeByDefault": "yes", "riskyDefaults": []}, "url"),
    ("DOC-03", {"interfaceUrl": "man acmelib"}, "interfaceUrl"),
    ("DOC-04", {"url": "on request"}, "url"),
    ("STW-01", {"policyUrl": "https://foundation.example/"}, "policyUrl"),
    # One thing is in place, and the other is not.
    ("GOV-03", {"lifecycleState": "alive and well"}, "lifecycleState"),
    ("GOV-03", {"lastRelease": "2027-01-01"}, "lastRelease"),
    ("GOV-04", {"vcsEnforced": False}, "vcsEnforced"),
    ("LIC-01", {"coversBinaries": False}, "coversBinaries"),
    ("LIC-01", {"coversDocumentation": "mostly"}, "coversDocumentation"),
    ("LIC-02", {"allOpen": False}, "allOpen"),
    ("SRC-01", {"readableWithoutAccount": False}, "readableWithoutAccount"),
    ("SRC-02", {"directPushBlocked": False}, "directPushBlocked"),
    ("SRC-02", {"forcePushBlocked": False}, "forcePushBlocked"),
    ("SRC-03", {"scope": "securityRelevant"}, "scope"),
    ("SRC-05", {"noOpaqueBinaries": False}, "noOpaqueBinaries"),
    ("TST-02", {"tools": [{"type": "other", "name": "prettier", "runs": "ci"}]}, "tools"),
    ("TST-03", {"memorySafeShare": "a lot"}, "memorySafeShare"),
    (
        "TST-04",
        {
            "reviews": [
                {"date": "2027-01-01", "by": "A", "versions": _LINE, "reportUrl": "https://a.example/x"}
            ]
        },
        "reviews",
    ),
    ("TST-04", {"reviews": [{"date": "2026-01-01", "by": "A", "versions": _LINE}]}, "reviews"),
    ("DEP-02", {"format": "spreadsheet"}, "format"),
    ("DEP-02", {"depth": "complete"}, "depth"),
    ("DEP-04", {"tool": "TBD"}, "tool"),
    ("REL-04", {"mechanism": "other"}, "mechanism"),
    ("REL-04", {"channelsAuthenticated": False}, "channelsAuthenticated"),
    ("REL-05", {"builderId": "n/a"}, "builderId"),
    ("REL-06", {"leastPrivilege": False}, "leastPrivilege"),
    ("REL-06", {"untrustedInputIsolated": "we look at it first"}, "untrustedInputIsolated"),
    ("VUL-01", {"securityTxtExpires": "2025-01-01"}, "securityTxtExpires"),
    ("VUL-02", {"discloseWithinDays": 0}, "discloseWithinDays"),
    ("VUL-03", {"formats": ["blog"]}, "formats"),
    ("VUL-03", {"containsMitigation": False}, "containsMitigation"),
    ("VUL-04", {"lastEntry": "2027-01-01"}, "lastEntry"),
    ("VUL-05", {"windowMonths": 1200}, "windowMonths"),
    ("VUL-05", {"events": [{"advisory": "CVE-2026-1", "reportedAt": "2027-01-01"}]}, "events"),
    ("VUL-08", {"separate": "sometimes"}, "separate"),
    ("SUP-01", {"lines": [{"versions": "vers:pypi/<2.0", "securityUntil": "2031-01-01"}]}, "lines"),
    ("DOC-02", {"safeByDefault": "yes", "riskyDefaults": ["debug"]}, "riskyDefaults"),
    ("DOC-02", {"safeByDefault": "yes", "riskyDefaults": None}, "riskyDefaults"),
    ("DOC-02", {"safeByDefault": "no"}, "safeByDefault"),
    ("STW-01", {"hasSteward": False}, "hasSteward"),
    ("STW-01", {"legalName": "TBD"}, "legalName"),
)
"""Practice, facts that replace those of its good example, and the fact whose condition refuses them."""


@pytest.mark.parametrize(("practice_id", "changed", "refused"), REALISTIC)
def test_a_realistic_bad_answer(practice_id: str, changed: dict[str, Any], refused: str) -> None:
    """It looks like an answer, and the condition on this fact refuses it."""
    practice = CATALOGUE.practice(practice_id)
    assert practice is not None
    good: dict[str, Any] = thaw(practice.examples.suffices)

    assert unmet(practice, good) == []
    assert refused in unmet(practice, {**good, **changed})


def test_each_practice_has_a_realistic_bad_answer() -> None:
    """A new practice comes with one."""
    assert {row[0] for row in REALISTIC} == {practice.id for practice in CATALOGUE.practices}


def only(practice: Practice, conditions: tuple[Condition, ...]) -> Practice:
    """`practice` as it would be with these conditions alone."""
    name = "usable_when" if practice.is_observation else "implemented_when"
    return practice.model_copy(update={name: conditions, "or_implemented_when": ()})


@pytest.mark.parametrize(
    ("practice", "together", "condition"),
    [
        pytest.param(each, together, one, id=f"{each.id}-{one.fact}-{one.op}")
        for each in CATALOGUE.practices
        for together in (each.usable_when, each.implemented_when, each.or_implemented_when)
        for one in together
    ],
)
def test_each_condition_is_needed_by_a_realistic_bad_answer(
    practice: Practice, together: tuple[Condition, ...], condition: Condition
) -> None:
    """Without it, one of them would have one objection less."""
    good: dict[str, Any] = thaw(practice.examples.suffices)
    answers = [{**good, **changed} for name, changed, _ in REALISTIC if name == practice.id]
    answers.append(thaw(practice.examples.falls_short))
    strict = only(practice, together)
    lax = only(practice, tuple(each for each in together if each != condition))

    assert [each for each in answers if len(unmet(lax, each)) < len(unmet(strict, each))]
