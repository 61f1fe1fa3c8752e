"""policy.yaml: every problem at its place, and nobody let through by a typo."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from support.policy_cases import ROOT, TRUST

from avow.errors import InputInvalid
from avow.formats.purl import parse_purl
from avow.policy import KeyFile, parse_policy, policy_of_profile

TODAY = date(2026, 11, 22)
ASK = "require:\n  - practice: VUL-01\n"
KEY_FILE = "e" * 64
NOT_CANONICAL = ": not a purl in canonical form (pkg:type/namespace/name@version?key=value#subpath)"
GAP = """\
acceptedGaps:
  - practice: VUL-01
    for: pkg:pypi/acmelib
    versions: vers:pypi/>=2.4|<2.5
    because: replaced in the next firmware
    measure: isolated in our product
    owner: product security
    ticket: SEC-412
    until: "2027-11-22"
"""
GITHUB_ROW = """\
  - for: pkg:pypi/acmelib
    relationship: maintainer
    root: sandbox
    issuer: https://token.actions.githubusercontent.com
    identity: https://github.com/acme/acmelib/.github/workflows/release.yml@refs/tags/*
    sourceRepository: https://github.com/acme/acmelib
"""


def problems(text: str) -> list[tuple[int, str]]:
    """Line and message of every problem of `text`."""
    with pytest.raises(InputInvalid) as refused:
        parse_policy(text.encode(), source="policy.yaml", today=TODAY)
    assert all(problem.source == "policy.yaml" and problem.line for problem in refused.value.problems)
    return [(problem.line, problem.message) for problem in refused.value.problems]


def test_a_whole_policy_is_read() -> None:
    """Everything that the format has in this version."""
    text = (
        "name: ACME smart lamp\nprofile: default-low\nsupportUntil: 2031-12-31\n"
        + TRUST
        + GITHUB_ROW.replace("pypi/acmelib", "npm/acmelib")
        + '    repositoryId: "1300192"\n    ownerId: "42"\n    ref: refs/heads/main\n'
        "    triggers: [push, schedule]\n    allowSelfHosted: true\n    validFrom: 2026-01-01\n"
        "    validUntil: 2027-01-01\n    revokedAt: 2026-12-01\n"
        + f"  - {{for: pkg:generic/small, relationship: maintainer, keyFile: s.pub, sha256: {KEY_FILE}}}\n"
        "evidenceSigners:\n"
        "  - {relationship: assessor, root: sandbox, issuer: https://id.example, identity: a@lab.example, "
        "predicateTypes: [https://slsa.dev/provenance/v1]}\n"
        "require:\n"
        "  - {practice: VUL-05, evidence: E3, within: 90 days, by: observer}\n"
        "  - {practice: VUL-01, evidence: E2, within: 365 days, by: declarant, relationships: [maintainer]}\n"
        "  - {practice: REL-04, bound: release, evidence: E4}\n" + GAP
    )
    policy = parse_policy(text.encode(), source="policy.yaml", today=TODAY)
    assert (policy.name, policy.profile, policy.support_until) == (
        "ACME smart lamp",
        "default-low",
        date(2031, 12, 31),
    )
    asked = {each.practice: each for each in policy.required}
    assert asked["VUL-01"].declared_within_days == 365  # the profile's 730 and our own row
    assert asked["VUL-01"].evidence == "E2"
    assert asked["VUL-05"].observed_within_days == 90
    assert asked["VUL-05"].declared_within_days is None
    assert asked["REL-04"].bound_to_release
    assert "REL-04" not in policy.recommended
    assert policy.key_files == (KeyFile(path="s.pub", sha256=KEY_FILE, root_sha256=ROOT),)
    assert (
        policy.accepted_gaps[0].place
        == f"policy.yaml:{text[: text.index('- practice: VUL-01' + chr(10))].count(chr(10)) + 1}"
    )
    (npm,) = policy.signers_for(parse_purl("pkg:npm/acmelib@1.0.0"))
    assert npm.triggers == ("push", "schedule")
    assert npm.allow_self_hosted
    assert npm.revoked_at == datetime(2026, 12, 1, tzinfo=UTC)
    (key,) = policy.signers_for(parse_purl("pkg:generic/small"), keys={KEY_FILE: "f" * 64})
    assert key.key_sha256 == "f" * 64
    assert policy.evidence_signers[0].component is None
    assert policy.evidence_signers[0].expected({}).component == "*"
    assert policy.evidence_signers[0] not in policy.rules_for(parse_purl("pkg:pypi/acmelib"))


def test_a_policy_without_profile_has_the_default_limits() -> None:
    """A policy without a profile has only its own requirements; by default a review may be two years old."""
    policy = parse_policy((TRUST + ASK).encode(), source="policy.yaml", today=TODAY)
    assert [each.practice for each in policy.required] == ["VUL-01"]
    assert policy.required[0].declared_within_days == 730
    assert (policy.max_age_days, policy.max_validity_days) == (730, 731)
    assert policy.name == "policy.yaml"


def test_the_most_specific_row_applies_alone() -> None:
    """A rule for the component replaces the namespace's rule, which applies to all others."""
    text = TRUST.replace("pkg:pypi/acmelib", "pkg:deb/debian/*") + (
        "  - {for: pkg:deb/debian/openssl, relationship: maintainer, root: sandbox,"
        " issuer: https://issuer.example, identity: openssl@acme.example}\n"
    )
    policy = parse_policy((text + ASK).encode(), source="policy.yaml", today=TODAY)

    def identities(purl: str) -> list[str | None]:
        return [signer.identity for signer in policy.signers_for(parse_purl(purl))]

    assert identities("pkg:deb/debian/openssl@3.0") == ["openssl@acme.example"]
    assert identities("pkg:deb/debian/curl") == ["release@acme.example"]
    assert identities("pkg:deb/ubuntu/curl") == []
    assert identities("pkg:deb/debian/curl?repository_url=https://mirror.example") == []
    assert identities("pkg:rpm/debian/curl") == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        # The whole document.
        ("- a\n", (1, "the file is a list, not a mapping")),
        (TRUST.replace("avow-policy: 1\n", "") + ASK, (1, "`avow-policy` is missing")),
        (
            TRUST.replace("avow-policy: 1", "avow-policy: 2") + ASK,
            (1, "`avow-policy` is the number 2; this version of Avow reads 1"),
        ),
        (TRUST + ASK + "lock: avow.lock\n", (12, "lock is not supported by this version")),
        (TRUST + ASK + "roles: {}\n", (12, "roles is not supported by this version")),
        (TRUST + ASK + "measures: []\n", (12, "measures is not supported by this version")),
        (TRUST + ASK + "assumptions: {}\n", (12, "assumptions is not supported by this version")),
        (TRUST + ASK + "requires: []\n", (12, 'unknown key "requires"')),
        (TRUST, (1, "the policy requires nothing")),
        (TRUST + "require: []\n", (1, "the policy requires nothing")),
        (TRUST + "profile: orc-lite\n", (10, 'unknown profile: "orc-lite"')),
        (
            TRUST + "profile: default-low\n",
            (1, "supportUntil is missing: the profile compares support periods with your product's"),
        ),
        ("avow-policy: 1\n" + ASK, (1, "there is no signer rule")),
        # Roots.
        (TRUST.replace(ROOT, "abc") + ASK, (3, '"abc" is not a SHA-256 digest')),
        (TRUST.replace(ROOT, ROOT.upper()) + ASK, (3, f'"{ROOT.upper()[:60]}…" is not a SHA-256 digest')),
        (TRUST.replace("sandbox: {", "a/b: {") + ASK, (3, '"a/b" is not a name')),
        (TRUST.replace("root: sandbox", "root: sandboxx") + ASK, (7, 'trust has no root "sandboxx"')),
        (TRUST.replace("    root: sandbox\n", "") + ASK, (5, "`root` is missing")),
        # Signers.
        (
            TRUST.replace("    issuer: https://issuer.example\n", "") + ASK,
            (5, "issuer is missing: issuer and identity are both always needed"),
        ),
        (
            TRUST.replace("    identity: release@acme.example\n", "") + ASK,
            (5, "identity is missing: issuer and identity are both always needed"),
        ),
        (
            TRUST.replace("release@acme.example", '"*@acme.example"') + ASK,
            (9, "identity has a * outside the ref of a workflow"),
        ),
        (
            TRUST + GITHUB_ROW.replace("    sourceRepository: https://github.com/acme/acmelib\n", "") + ASK,
            (10, "sourceRepository is missing: a reusable workflow has one identity for every caller"),
        ),
        (
            TRUST + GITHUB_ROW.replace("tags/*", "heads/main") + ASK,
            (
                10,
                "triggers are missing: on a branch only the trigger separates maintainers from strangers",
            ),
        ),
        (TRUST.replace("maintainer", "boss") + ASK, (6, 'unknown relationship: "boss"')),
        (TRUST + TRUST[TRUST.index("  - for") :] + ASK, (10, "this entry occurs twice")),
        (TRUST + "    keyFile: a.pub\n" + ASK, (8, 'unknown key "issuer"')),
        (TRUST + "    sha256: abc\n" + ASK, (10, 'unknown key "sha256"')),
        (
            TRUST
            + "  - {for: pkg:generic/a, relationship: maintainer, keyFile: a.pub, root: sandbox}\n"
            + ASK,
            (10, "`sha256` is missing"),
        ),
        (
            TRUST + "  - {for: pkg:generic/a, relationship: maintainer, keyFile: a.pub, sha256: 1}\n" + ASK,
            (10, "sha256 is the number 1, not text"),
        ),
        (
            TRUST.replace("signers:", f"  second: {{root: b.json, sha256: {KEY_FILE}}}\nsigners:")
            + f"  - {{for: pkg:generic/a, relationship: maintainer, keyFile: a.pub, sha256: {KEY_FILE}}}\n"
            + ASK,
            (11, "root is missing: it says whose log or timestamps prove when the key signed"),
        ),
        (
            TRUST + "    validFrom: 2027-01-01\n    validUntil: 2026-01-01\n" + ASK,
            (5, "validUntil is not after validFrom, so this rule never matches"),
        ),
        # Components.
        (
            TRUST.replace("pkg:pypi/acmelib", '"pkg:pypi/*"') + ASK,
            (5, "`for` would allow one signer to speak for a whole registry"),
        ),
        (TRUST.replace("pkg:pypi/acmelib", '"pkg:*/acmelib"') + ASK, (5, '"pkg:*/acmelib"' + NOT_CANONICAL)),
        (
            TRUST.replace("pkg:pypi/acmelib", '"pkg:npm/*/acmelib"') + ASK,
            (5, '"pkg:npm/*/acmelib"' + NOT_CANONICAL),
        ),
        (
            TRUST.replace("pkg:pypi/acmelib", "pkg:pypi/AcmeLib") + ASK,
            (5, '"pkg:pypi/AcmeLib": the name must be lower-case for type pypi'),
        ),
        (
            TRUST.replace("pkg:pypi/acmelib", "pkg:pypi/acmelib@1.0") + ASK,
            (5, "`for` has a version, but a rule is about every version"),
        ),
        (
            TRUST.replace("pkg:pypi/acmelib", "pkg:deb/debian/a?arch=amd64") + ASK,
            (5, "`for` has a subpath or qualifier that is not compared, so the rule would match too much"),
        ),
        (
            TRUST.replace("pkg:pypi/acmelib", '"pkg:pypi/acmelib#sub"') + ASK,
            (5, "`for` has a subpath or qualifier that is not compared, so the rule would match too much"),
        ),
        # What is asked.
        (TRUST + "require:\n  - practice: VUL-1\n", (11, 'unknown practice "VUL-1"')),
        (TRUST + "require:\n  - practice: {}\n", (11, "practice is a mapping, not text")),
        (
            TRUST + "require:\n  - {practice: VUL-01, evidence: E1}\n",
            (11, "E1 can't be verified offline, so this would never be met"),
        ),
        (
            TRUST + "require:\n  - {practice: VUL-01, evidence: E5}\n",
            (11, 'unknown strength of evidence: "E5"'),
        ),
        (
            TRUST + "require:\n  - {practice: VUL-01, evidence: E4}\n",
            (11, "evidence E4 is required, but no evidence signer is listed"),
        ),
        (
            TRUST + "require:\n  - {practice: VUL-01, within: 90 days, by: declarant}\n",
            (11, "`within` makes the declarant sign more often than every 365 days"),
        ),
        (
            TRUST + "require:\n  - {practice: VUL-01, within: 90 days}\n",
            (11, "`within` and `by` are only valid together"),
        ),
        (
            TRUST + "require:\n  - {practice: VUL-01, by: observer}\n",
            (11, "`within` and `by` are only valid together"),
        ),
        (
            TRUST + "require:\n  - {practice: VUL-01, within: 3 months, by: observer}\n",
            (11, '"3 months" is not a number of days'),
        ),
        (
            TRUST + "require:\n  - {practice: VUL-01, bound: release, within: 400 days, by: declarant}\n",
            (11, "`bound` and `within` exclude each other"),
        ),
        (TRUST + "require:\n  - {practice: VUL-01, bound: commit}\n", (11, 'unknown bound: "commit"')),
        (
            TRUST + "require:\n  - {practice: VUL-01, relationships: [steward]}\n",
            (11, "no signer rule has one of these relationships"),
        ),
        (
            TRUST + "require:\n  - practice: VUL-01\n  - practice: VUL-01\n",
            (12, "this entry occurs twice"),
        ),
        (
            TRUST
            + TRUST[TRUST.index("  - for") :].replace("maintainer", "steward")
            + "require:\n  - {practice: VUL-01, relationships: [steward]}\n"
            "  - {practice: VUL-01, relationships: [maintainer]}\n",
            (16, "the profile and this policy accept no common relationship for VUL-01"),
        ),
        # Accepted gaps.
        (
            TRUST + ASK + GAP.replace("VUL-01", "VUL-02"),
            (13, "VUL-02 is neither required nor recommended, so there is nothing to accept"),
        ),
        (TRUST + ASK + GAP.replace("VUL-01", "VUL-99"), (13, 'unknown practice "VUL-99"')),
        (
            TRUST + ASK + GAP.replace("pkg:pypi/acmelib", '"pkg:deb/debian/*"'),
            (14, '"pkg:deb/debian/*"' + NOT_CANONICAL),
        ),
        (
            TRUST + ASK + GAP.replace("vers:pypi/", "vers:npm/").replace(">=2.4|<2.5", "2.4.0"),
            (15, "versions uses the scheme npm, but the component is of type pypi"),
        ),
        (
            TRUST + ASK + GAP.replace(">=2.4|<2.5", "*"),
            (15, "* means every version, including future ones"),
        ),
        (
            TRUST + ASK + GAP.replace("2027-11-22", "2027-11-23"),
            (20, "until is more than 12 months from now"),
        ),
        (TRUST + ASK + GAP + GAP.removeprefix("acceptedGaps:\n"), (21, "this entry occurs twice")),
        *[
            (
                TRUST + ASK + "\n".join(line for line in GAP.splitlines() if key not in line) + "\n",
                (13, f"`{key.removesuffix(':')}` is missing"),
            )
            for key in ("versions", "because", "measure:", "owner", "until")
        ],
        (TRUST + ASK + GAP.replace("    for: pkg:pypi/acmelib\n", ""), (13, "`for` is missing")),
        (
            TRUST
            + ASK
            + GAP.replace("practice: VUL-01", "because: x", 1).replace("    because: r", "    owne: r", 1),
            (13, "`practice` is missing"),
        ),
    ],
)
def test_problem(text: str, problem: tuple[int, str]) -> None:
    """Refused, at its line, in words."""
    assert problem in problems(text)


def test_all_problems_are_told_at_once() -> None:
    """Not only the first: a person fixes the file once."""
    text = TRUST.replace("maintainer", "boss").replace("root: sandbox", "root: other") + ASK.replace(
        "VUL-01", "X"
    )
    assert [line for line, _ in problems(text)] == [6, 7, 11]


def test_an_ended_decision_is_kept() -> None:
    """It is not an error of the file: the conclusion ignores it and says so."""
    text = TRUST + ASK + GAP.replace("2027-11-22", "2026-11-01")
    policy = parse_policy(text.encode(), source="policy.yaml", today=TODAY)
    assert policy.accepted_gaps[0].until == date(2026, 11, 1)


def test_a_year_from_a_leap_day_ends_on_the_28th() -> None:
    """29 February has no twelve months later."""
    text = TRUST + ASK + GAP.replace("2027-11-22", "2029-02-28")
    assert parse_policy(text.encode(), source="policy.yaml", today=date(2028, 2, 29)).accepted_gaps


def test_a_profile_alone_is_a_policy() -> None:
    """For runs whose signer stands on the command line."""
    policy = policy_of_profile("orc-light")
    assert policy.required
    assert policy.signers_for(parse_purl("pkg:pypi/acmelib")) == ()
    assert policy_of_profile("default-low", support_until=TODAY).support_until == TODAY


@pytest.mark.parametrize("name", ["orc-lite", "modifiers", "default-low"])
def test_a_profile_that_cannot_be_evaluated_is_refused(name: str) -> None:
    """Unknown ones, and those that compare with a support period nobody gave."""
    with pytest.raises(InputInvalid) as refused:
        policy_of_profile(name)
    assert refused.value.hint


def test_an_accepted_gap_may_be_for_a_component_without_a_signer_rule() -> None:
    """Where nobody signs, the consumer decides all the same."""
    gap = GAP.replace("pkg:pypi/acmelib", "pkg:npm/%40acme/lamp")
    gap = gap.replace("vers:pypi/>=2.4|<2.5", "vers:npm/>=2.4.0|<2.5.0")
    text = TRUST + ASK + gap
    policy = parse_policy(text.encode(), source="policy.yaml", today=TODAY)
    assert [str(each.component) for each in policy.accepted_gaps] == ["pkg:npm/%40acme/lamp"]


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (
            TRUST.replace("pkg:pypi/acmelib", '"pkg:p*/a"') + ASK,
            "a signer rule takes a * in place of the name, after a namespace: pkg:deb/debian/*",
        ),
        (
            TRUST + ASK + GAP.replace("pkg:pypi/acmelib", '"pkg:deb/debian/*"'),
            "write one component; a decision is about one",
        ),
        (TRUST.replace("pkg:pypi/acmelib", '"pkg:github/Acme/*"') + ASK, "write pkg:github/acme/*"),
    ],
)
def test_a_wildcard_is_suggested_only_where_one_is_accepted(text: str, fix: str) -> None:
    """A signer rule takes one, an accepted gap does not."""
    with pytest.raises(InputInvalid) as refusal:
        parse_policy(text.encode(), source="policy.yaml", today=TODAY)
    assert fix in [problem.fix for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            '{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1", "tlogs": []}',
            "a trusted root",
        ),
        ('{"mediaType": "x", "verificationMaterial": {}}', "a bundle"),
        ('{"trustedRoot": {}, "signingConfig": {}}', "a client trust configuration"),
        ('{"avow-signers": 1, "signers": []}', "a file of signer rules"),
        ('avow: "0.1"\nproject: {}\n', "a declaration"),
        ("avow-observations: 1\n", "a file of observations"),
    ],
)
def test_another_file_in_place_of_a_policy(text: str, what: str) -> None:
    """What it is, once, and no list of keys."""
    ((_, message),) = problems(text)
    assert message.startswith(f"this is {what}")


def test_keys_that_are_refused_are_not_suggested() -> None:
    """The keys of the format that this version does not have."""
    with pytest.raises(InputInvalid) as refused:
        parse_policy(b"avow-policy: 1\nnonsense: 1\nrequire: [{practice: VUL-01}]\n", source="p", today=TODAY)
    fixes = " ".join(problem.fix for problem in refused.value.problems)
    assert "signerFiles" in fixes
    assert "measures" not in fixes


def test_an_evidence_signer_says_by_what_it_may_confirm() -> None:
    """At least one type, and only those whose content is read."""
    rule = "{relationship: assessor, root: sandbox, issuer: https://id.example, identity: a@lab.example, "
    for types, message in (
        ("[]", "no predicate type is listed, so nothing would count"),
        ("[https://example.org/audit]", 'unknown predicate type: "https://example.org/audit"'),
    ):
        text = TRUST + ASK + f"evidenceSigners:\n  - {rule}predicateTypes: {types}}}\n"
        assert message in " ".join(found for _, found in problems(text))


def test_builders_and_contradictions_are_for_whom_they_are_for() -> None:
    """Only provenance names a builder, and the project's own no needs no right."""
    rule = "{relationship: assessor, root: sandbox, issuer: https://id.example, identity: a@lab.example, "
    text = (
        TRUST
        + ASK
        + (
            f"evidenceSigners:\n  - {rule}builders: [https://builder.example], "
            "predicateTypes: [https://in-toto.io/attestation/test-result/v0.1]}\n"
        )
    )
    assert "predicateTypes does not list" in " ".join(found for _, found in problems(text))
    own = TRUST.replace(
        "    relationship: maintainer\n", "    relationship: maintainer\n    mayContradict: true\n"
    )
    assert "a maintainer's no always counts" in " ".join(found for _, found in problems(own + ASK))
