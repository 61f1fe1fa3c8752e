"""Identities: both halves, one root, literal through the repository, and every difference reported."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from avow.errors import IdentityMismatch, InputInvalid
from avow.identity import (
    GITHUB_ISSUER,
    UNSTATED,
    ExpectedSigner,
    SignerIdentity,
    SignerKey,
    from_flags,
    match,
    repository_of,
    signer_rule_problems,
)

ROOT, OTHER_ROOT = "a" * 64, "b" * 64
KEY, OTHER_KEY = "c" * 64, "d" * 64
SIGNED_AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
REPOSITORY = "https://github.com/acme/acmelib"
WORKFLOW = f"{REPOSITORY}/.github/workflows/release.yml"
GITLAB = "https://gitlab.com"
GITLAB_PROJECT = f"{GITLAB}/acme/group/acmelib"


def row(**changed: Any) -> ExpectedSigner:
    fields: dict[str, Any] = {
        "component": "pkg:pypi/acmelib",
        "relationship": "maintainer",
        "place": "policy.yaml:16",
        "root_sha256": ROOT,
        "issuer": GITHUB_ISSUER,
        "identity": f"{WORKFLOW}@refs/tags/*",
        "source_repository": REPOSITORY,
        "repository_id": "1300192",
        "owner_id": "42",
    }
    return ExpectedSigner(**(fields | changed))


def person_row(**changed: Any) -> ExpectedSigner:
    return row(
        **{
            "issuer": "https://accounts.example",
            "identity": "release@acme.example",
            "source_repository": None,
            "repository_id": None,
            "owner_id": None,
        }
        | changed
    )


def key_row(**changed: Any) -> ExpectedSigner:
    return person_row(**{"issuer": None, "identity": None, "key_sha256": KEY} | changed)


def workflow(**changed: Any) -> SignerIdentity:
    fields: dict[str, Any] = {
        "issuer": GITHUB_ISSUER,
        "san": f"{WORKFLOW}@refs/tags/v2.4.1",
        "san_type": "uri",
        "build_signer_uri": f"{WORKFLOW}@refs/tags/v2.4.1",
        "runner_environment": "github-hosted",
        "source_repository": REPOSITORY,
        "source_ref": "refs/tags/v2.4.1",
        "source_repository_id": "1300192",
        "source_owner_id": "42",
        "build_trigger": "push",
    }
    return SignerIdentity(**(fields | changed))


def person(**changed: Any) -> SignerIdentity:
    fields: dict[str, Any] = {
        "issuer": "https://accounts.example",
        "san": "release@acme.example",
        "san_type": "email",
    }
    return SignerIdentity(**(fields | changed))


def differing(expected: ExpectedSigner, presented: SignerIdentity | SignerKey, root: str = ROOT) -> list[str]:
    found = expected.differences(presented, root_sha256=root, signed_at=SIGNED_AT)
    assert all(each.expected and each.found for each in found)
    return [each.field for each in found]


@pytest.mark.parametrize(
    ("expected", "presented"),
    [
        (row(), workflow()),
        (row(repository_id=None, owner_id=None), workflow(source_repository_id=None)),
        (row(source_ref="refs/tags/v*"), workflow()),
        (row(allow_self_hosted=True), workflow(runner_environment="self-hosted")),
        (row(allow_self_hosted=True), workflow(runner_environment=None)),
        (row(triggers=("push",)), workflow()),
        (
            row(identity=f"{WORKFLOW}@refs/heads/main", triggers=("push", "schedule")),
            workflow(san=f"{WORKFLOW}@refs/heads/main", source_ref="refs/heads/main"),
        ),
        (person_row(), person()),
        (person_row(identity="robot"), person(san="robot", san_type="otherName")),
        (
            person_row(
                issuer=GITLAB,
                identity=f"{GITLAB_PROJECT}//.gitlab-ci.yml@refs/tags/*",
                source_repository=GITLAB_PROJECT,
            ),
            workflow(
                issuer=GITLAB,
                san=f"{GITLAB_PROJECT}//.gitlab-ci.yml@refs/tags/v1",
                source_ref="refs/tags/v1",
                runner_environment="gitlab-hosted",
                source_repository=GITLAB_PROJECT,
            ),
        ),
        (key_row(), SignerKey(spki_sha256=KEY)),
        (
            key_row(valid_from=SIGNED_AT, valid_until=datetime(2027, 1, 1, tzinfo=UTC)),
            SignerKey(spki_sha256=KEY),
        ),
    ],
)
def test_the_expected_signer_is_recognised(
    expected: ExpectedSigner, presented: SignerIdentity | SignerKey
) -> None:
    """No difference where there is none."""
    assert differing(expected, presented) == []
    assert (
        match(presented, (expected,), root_sha256=ROOT, signed_at=SIGNED_AT, component="pkg:pypi/acmelib")
        is expected
    )


FOREIGN = "https://github.com/mallory/copy"


@pytest.mark.parametrize(
    ("expected", "presented", "fields"),
    [
        # A reusable workflow has the same identity for every caller.
        (row(repository_id=None, owner_id=None), workflow(source_repository=FOREIGN), ["sourceRepository"]),
        (row(), workflow(source_repository=None), ["sourceRepository"]),
        # A name that somebody else registered again.
        (row(), workflow(source_repository_id="2"), ["repositoryId"]),
        (row(), workflow(source_owner_id="2"), ["ownerId"]),
        (row(), workflow(source_repository_id=None, source_owner_id=None), ["repositoryId", "ownerId"]),
        # A foreign issuer with the right identity, and the reverse.
        (row(), workflow(issuer="https://issuer.evil"), ["issuer"]),
        (row(), workflow(issuer=GITHUB_ISSUER + "/"), ["issuer"]),
        (row(), workflow(san=f"{REPOSITORY}/.github/workflows/other.yml@refs/tags/v1"), ["identity"]),
        # `*` is one or more characters other than `/`.
        (row(), workflow(san=f"{WORKFLOW}@refs/tags/a/b"), ["identity"]),
        (row(), workflow(san=f"{WORKFLOW}@refs/tags/"), ["identity"]),
        (row(), workflow(san=f"x{WORKFLOW}@refs/tags/v1"), ["identity"]),
        (row(), workflow(san=f"{WORKFLOW.replace('.', 'x')}@refs/tags/v1"), ["identity"]),
        # Branches.
        (row(), workflow(source_ref="refs/heads/main"), ["ref", "triggers"]),
        (row(), workflow(source_ref=None), ["ref", "triggers"]),
        (row(triggers=("push",)), workflow(build_trigger="pull_request_target"), ["triggers"]),
        (row(triggers=("push",)), workflow(build_trigger=None), ["triggers"]),
        (row(source_ref="refs/tags/v*"), workflow(source_ref="refs/tags/x"), ["ref"]),
        (row(source_ref="refs/tags/v*"), workflow(source_ref=None), ["ref", "triggers"]),
        # Runners.
        (row(), workflow(runner_environment="self-hosted"), ["runner"]),
        (row(), workflow(runner_environment=None), ["runner"]),
        # A person where a workflow is expected, and the reverse.
        (
            row(),
            person(),
            ["issuer", "identity", "identity type", "sourceRepository", "repositoryId", "ownerId"],
        ),
        (
            row(repository_id=None, owner_id=None),
            person(issuer=GITHUB_ISSUER, san=f"{WORKFLOW}@refs/tags/v1", san_type="uri"),
            ["sourceRepository"],
        ),
        (
            person_row(),
            person(
                source_repository=REPOSITORY, runner_environment="github-hosted", source_ref="refs/tags/v1"
            ),
            ["sourceRepository"],
        ),
        # An e-mail string must not equal a URI.
        (person_row(), person(san_type="uri"), ["identity type"]),
        (row(), workflow(san_type="email"), ["identity type"]),
        # Keys.
        (key_row(), SignerKey(spki_sha256=OTHER_KEY), ["key"]),
        (key_row(), person(), ["key"]),
        (person_row(), SignerKey(spki_sha256=KEY), ["key"]),
        (key_row(valid_from=datetime(2026, 11, 21, tzinfo=UTC)), SignerKey(spki_sha256=KEY), ["validFrom"]),
        (key_row(valid_until=SIGNED_AT), SignerKey(spki_sha256=KEY), ["validUntil"]),
        (key_row(revoked_at=SIGNED_AT), SignerKey(spki_sha256=KEY), ["revokedAt"]),
        (person_row(revoked_at=datetime(2026, 1, 1, tzinfo=UTC)), person(), ["revokedAt"]),
    ],
)
def test_every_difference_is_told(
    expected: ExpectedSigner, presented: SignerIdentity | SignerKey, fields: list[str]
) -> None:
    """All of them, not the first; an absent extension is a difference."""
    assert differing(expected, presented) == fields


def test_roots_never_merge() -> None:
    """The right signer under another root is another signer."""
    assert differing(row(), workflow(), OTHER_ROOT) == ["root"]
    assert differing(key_row(), SignerKey(spki_sha256=KEY), OTHER_ROOT) == ["root"]


def test_any_extension_of_a_workflow_makes_a_workflow() -> None:
    """Each of .9 to .22 alone."""
    names = [name for name in SignerIdentity.model_fields if name not in {"issuer", "san", "san_type"}]
    assert len(names) == 14
    assert all(person(**{name: "x"}).is_ci for name in names)
    assert not person().is_ci


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"issuer": None}, "issuer"),
        ({"identity": None}, "identity"),
        ({"issuer": ""}, "issuer"),
        ({"issuer": "https://*"}, "issuer"),
        ({"identity": "https://github.com/acme/*/.github/workflows/x.yml@refs/tags/*"}, "identity"),
        ({"identity": "https://github.com/*/acmelib/.github/workflows/x.yml@refs/tags/*"}, "identity"),
        ({"identity": "https://*.com/acme/acmelib/.github/workflows/x.yml@refs/tags/*"}, "identity"),
        ({"identity": "*"}, "identity"),
        ({"identity": f"{GITLAB_PROJECT}//.gitlab-ci.yml@refs/tags/*"}, "identity"),
        ({"issuer": "https://other.example"}, "identity"),
        ({"issuer": GITLAB, "identity": f"{GITLAB}/acme/*//.gitlab-ci.yml@refs/tags/*"}, "identity"),
        ({"source_repository": None}, "sourceRepository"),
        ({"source_repository": "https://github.com/acme/*"}, "sourceRepository"),
        ({"source_repository": REPOSITORY + "/"}, "sourceRepository"),
        ({"source_repository": REPOSITORY + ".git"}, "sourceRepository"),
        ({"source_repository": "acme/acmelib"}, "sourceRepository"),
        ({"identity": f"{WORKFLOW}@refs/heads/main"}, "triggers"),
        ({"identity": f"{WORKFLOW}@refs/*/v1"}, "triggers"),
        ({"identity": f"{WORKFLOW}@v1"}, "identity"),
        ({"identity": WORKFLOW}, "identity"),
        ({"identity": f"{WORKFLOW}@refs/tags/v?"}, "identity"),
        ({"source_ref": "refs/tags/v1~1"}, "ref"),
        ({"identity": f"{REPOSITORY}/blob/main/.github/workflows/release.yml"}, "identity"),
        ({"identity": f"{WORKFLOW}@refs/tags/v1\u200b"}, "identity"),
        ({"identity": f" {WORKFLOW}@refs/tags/v1"}, "identity"),
        ({"issuer": f"\u201c{GITHUB_ISSUER}\u201d"}, "issuer"),
        ({"issuer": GITHUB_ISSUER.replace("https", "http")}, "issuer"),
        ({"issuer": GITHUB_ISSUER.removeprefix("https://")}, "issuer"),
        ({"identity": f"{WORKFLOW}@refs/tags/v1".replace("https", "http")}, "identity"),
        ({"identity": f"{WORKFLOW}@refs/tags/v1".replace("github", "www.github")}, "identity"),
        ({"repository_id": "acme/acmelib"}, "repositoryId"),
        ({"owner_id": "acme"}, "ownerId"),
        ({"source_ref": "refs/heads/main"}, "triggers"),
        ({"source_ref": "v1", "triggers": ("push",)}, "ref"),
        ({"identity": f"{REPOSITORY}-ci/.github/workflows/x.yml@refs/tags/*", "triggers": ("push",)}, "ref"),
        ({"key_sha256": KEY}, "issuer"),
        ({"identity": f"{REPOSITORY}/.github/workflows/*@refs/tags/*"}, "identity"),
        ({"identity": f"{REPOSITORY}/.github/workflows/*.yml@refs/tags/v1"}, "identity"),
        ({"identity": f"{REPOSITORY}/*/release.yml@refs/tags/v1"}, "identity"),
        ({"identity": f"{REPOSITORY}/.github/workflows/x@*.yml@refs/tags/v1"}, "identity"),
        ({"identity": f"{REPOSITORY}/.github/workflows/*"}, "identity"),
        ({"identity": f"{WORKFLOW}@refs/tags/v.*"}, "identity"),
        ({"identity": f"{WORKFLOW}@refs/tags/v[0-9]+"}, "identity"),
        ({"identity": f"^{WORKFLOW}@refs/tags/v1$"}, "identity"),
        ({"source_ref": "refs/tags/v.*"}, "ref"),
        (
            {"issuer": "https://ci.acme.example", "identity": f"{GITLAB_PROJECT}//a.yml@refs/tags/*"},
            "identity",
        ),
    ],
)
def test_a_row_that_admits_too_much_cannot_be_built(changed: dict[str, Any], field: str) -> None:
    """Not by mistake either: the value itself refuses."""
    with pytest.raises(ValidationError, match=field):
        row(**changed)


def test_problems_name_their_field_and_a_fix() -> None:
    """What a policy file shows at the place of the value."""
    problems = signer_rule_problems(
        issuer=GITHUB_ISSUER,
        identity=f"{WORKFLOW}@refs/heads/main",
        key_sha256=None,
        source_repository=None,
        source_ref=None,
        triggers=(),
    )
    assert [problem.field for problem in problems] == ["sourceRepository", "triggers"]
    assert REPOSITORY in problems[0].fix


def test_enterprises_have_an_issuer_of_their_own() -> None:
    """GitHub's enterprise issuers name the same repositories."""
    assert row(issuer=f"{GITHUB_ISSUER}/acme").identity == f"{WORKFLOW}@refs/tags/*"


def test_the_nearest_miss_has_fewest_differences() -> None:
    """A refusal shows the closest rule, what was expected and found, and the next step."""
    with pytest.raises(IdentityMismatch) as refused:
        match(
            workflow(source_repository=FOREIGN),
            (person_row(place="policy.yaml:9"), row(repository_id=None, owner_id=None)),
            root_sha256=ROOT,
            signed_at=SIGNED_AT,
            component="pkg:pypi/acmelib",
        )
    nearest = refused.value.nearest
    assert nearest.differs_in == ("sourceRepository",)
    assert REPOSITORY in nearest.expected
    assert FOREIGN in nearest.found
    assert nearest.rule == "policy.yaml:16"
    assert "another repository" in nearest.next


@pytest.mark.parametrize("presented", [person(), SignerKey(spki_sha256=KEY)])
def test_nobody_expected_is_nobody_accepted(presented: SignerIdentity | SignerKey) -> None:
    """An empty list is a refusal like any other, with its next step."""
    with pytest.raises(IdentityMismatch) as refused:
        match(presented, (), root_sha256=ROOT, signed_at=SIGNED_AT, component="pkg:pypi/acmelib")
    assert refused.value.nearest.differs_in == ("for",)
    assert "pkg:pypi/acmelib" in refused.value.nearest.next


def test_a_difference_without_a_step_of_its_own_says_to_compare() -> None:
    """Every refusal has a next step."""
    with pytest.raises(IdentityMismatch) as refused:
        match(
            person(san_type="uri"),
            (person_row(),),
            root_sha256=ROOT,
            signed_at=SIGNED_AT,
            component="pkg:pypi/acmelib",
        )
    assert "avow inspect" in refused.value.nearest.next


@pytest.mark.parametrize(
    ("identity", "repository"),
    [
        (f"{WORKFLOW}@refs/tags/v1", REPOSITORY),
        (f"{GITLAB_PROJECT}//.gitlab-ci.yml@refs/tags/v1", GITLAB_PROJECT),
        ("https://accounts.example/someone", None),
        ("release@acme.example", None),
    ],
)
def test_a_workflows_identity_names_its_repository(identity: str, repository: str | None) -> None:
    """GitHub: two path segments; GitLab: before the double slash."""
    assert repository_of(identity) == repository


@pytest.mark.parametrize(
    ("flags", "identity", "source_repository"),
    [
        (
            {"repo": "acme/acmelib", "signer_workflow": ".github/workflows/release.yml"},
            f"{WORKFLOW}@refs/tags/*",
            REPOSITORY,
        ),
        (
            {"repo": "acme/acmelib", "signer_workflow": "acme/acmelib/.github/workflows/release.yml"},
            f"{WORKFLOW}@refs/tags/*",
            REPOSITORY,
        ),
        (
            {
                "repo": "acme/acmelib",
                "signer_workflow": "github.com/tools/shared/.github/workflows/sign.yml@refs/tags/v1",
            },
            "https://github.com/tools/shared/.github/workflows/sign.yml@refs/tags/v1",
            REPOSITORY,
        ),
        (
            {
                "repo": "acme/acmelib",
                "signer_workflow": ".github/workflows/release.yml",
                "source_ref": "refs/heads/main",
            },
            f"{WORKFLOW}@refs/heads/main",
            REPOSITORY,
        ),
        (
            {
                "repo": "acme/acmelib",
                "signer_workflow": "tools/shared/.github/workflows/sign.yml",
                "source_ref": "refs/heads/main",
            },
            "https://github.com/tools/shared/.github/workflows/sign.yml@refs/tags/*",
            REPOSITORY,
        ),
        (
            {
                "certificate_identity": f"{WORKFLOW}@refs/heads/main",
                "certificate_oidc_issuer": GITHUB_ISSUER,
            },
            f"{WORKFLOW}@refs/heads/main",
            REPOSITORY,
        ),
        (
            {
                "certificate_identity": "https://github.com/tools/shared/.github/workflows/s.yml@refs/tags/v1",
                "certificate_oidc_issuer": GITHUB_ISSUER,
                "repo": "acme/acmelib",
            },
            "https://github.com/tools/shared/.github/workflows/s.yml@refs/tags/v1",
            REPOSITORY,
        ),
        (
            {
                "certificate_identity": "release@acme.example",
                "certificate_oidc_issuer": "https://accounts.example",
            },
            "release@acme.example",
            None,
        ),
    ],
)
def test_flags_name_one_signer(flags: dict[str, Any], identity: str, source_repository: str | None) -> None:
    """Both halves of the identity, and the source repository of a workflow."""
    signer = from_flags(root_sha256=ROOT, **flags)
    assert (signer.identity, signer.source_repository) == (identity, source_repository)
    assert signer.component == "*"
    assert signer.relationship == UNSTATED
    assert signer.place.startswith("--")


@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/tags/v1.0"])
@pytest.mark.parametrize(
    "rule",
    [
        lambda ref: from_flags(
            root_sha256=ROOT, repo="acme/acmelib", signer_workflow=f".github/workflows/release.yml@{ref}"
        ),
        lambda ref: from_flags(
            root_sha256=ROOT, certificate_identity=f"{WORKFLOW}@{ref}", certificate_oidc_issuer=GITHUB_ISSUER
        ),
        lambda ref: row(identity=f"{WORKFLOW}@{ref}", triggers=("push",)),
    ],
)
def test_an_own_workflow_is_not_to_be_called_from_another_branch(rule: Any, ref: str) -> None:
    """A workflow that can be called has its own ref in the identity, whoever calls it with `uses:`."""
    presented = workflow(san=f"{WORKFLOW}@{ref}", source_ref=ref)
    assert differing(rule(ref), presented) == []
    called = presented.model_copy(update={"source_ref": "refs/heads/evil"})
    assert differing(rule(ref), called) == ["ref"]
    with pytest.raises(IdentityMismatch, match="ref") as refusal:
        match(called, (rule(ref),), root_sha256=ROOT, signed_at=SIGNED_AT, component="x")
    assert refusal.value.nearest.next.startswith("it was a run for refs/heads/evil, not for a tag")


def test_a_revocation_is_of_whoever_signed() -> None:
    """How the run was made does not matter: runner, trigger, the ref it was called for."""
    revocation = row(revoked_at=SIGNED_AT, triggers=("push",))
    other = row(allow_self_hosted=True, source_ref="refs/heads/main", triggers=("workflow_dispatch",))
    signer = workflow(
        runner_environment="self-hosted", build_trigger="workflow_dispatch", source_ref="refs/heads/main"
    )
    assert differing(other, signer) == []
    with pytest.raises(IdentityMismatch, match="revokedAt"):
        match(signer, (revocation, other), root_sha256=ROOT, signed_at=SIGNED_AT, component="x")


def test_an_own_workflow_on_a_branch_needs_no_second_ref() -> None:
    """The ref of a repository's own workflow is that of its run."""
    signer = from_flags(
        root_sha256=ROOT,
        repo="acme/acmelib",
        signer_workflow=".github/workflows/release.yml@refs/heads/main",
    )
    on_main = workflow(san=f"{WORKFLOW}@refs/heads/main", source_ref="refs/heads/main")
    assert differing(signer, on_main) == []
    assert differing(signer, workflow()) == ["identity"]


def test_a_key_flag_names_a_key() -> None:
    """No identity beside it."""
    signer = from_flags(root_sha256=ROOT, key_sha256=KEY)
    assert (signer.key_sha256, signer.issuer, signer.triggers) == (KEY, None, ())


def test_flags_refuse_a_reusable_workflow_of_another_caller() -> None:
    """Without --repo the identity's own repository is meant, not whoever calls it."""
    signer = from_flags(
        root_sha256=ROOT,
        certificate_identity=f"{WORKFLOW}@refs/tags/v2.4.1",
        certificate_oidc_issuer=GITHUB_ISSUER,
    )
    assert differing(signer, workflow()) == []
    assert differing(signer, workflow(source_repository=FOREIGN)) == ["sourceRepository"]


@pytest.mark.parametrize(
    "flags",
    [
        {"signer_workflow": "tools/shared/.github/workflows/sign.yml"},
        {"signer_workflow": "tools/shared/.github/workflows/sign.yml@refs/tags/v1"},
        {
            "certificate_identity": "https://github.com/tools/shared/.github/workflows/sign.yml@refs/tags/v1",
            "certificate_oidc_issuer": GITHUB_ISSUER,
        },
    ],
)
def test_a_shared_workflow_is_called_for_a_tag(flags: dict[str, Any]) -> None:
    """Its own ref says nothing about the caller's: a push to any branch could have it sign anything."""
    signer = from_flags(root_sha256=ROOT, repo="acme/acmelib", **flags)
    shared = "https://github.com/tools/shared/.github/workflows/sign.yml@refs/tags/v1"
    for_a_tag = workflow(san=shared, build_signer_uri=shared)
    assert differing(signer, for_a_tag) == []
    on_a_branch = for_a_tag.model_copy(update={"source_ref": "refs/heads/feature"})
    assert differing(signer, on_a_branch) == ["ref"]
    named = from_flags(root_sha256=ROOT, repo="acme/acmelib", source_ref="refs/heads/feature", **flags)
    assert differing(named, on_a_branch) == []


@pytest.mark.parametrize("revoked_first", [True, False])
@pytest.mark.parametrize("other", [{}, {"identity": f"{WORKFLOW}@refs/tags/v2.4.1"}, {"root_sha256": ROOT}])
def test_a_second_rule_revives_no_revoked_signer(other: dict[str, Any], *, revoked_first: bool) -> None:
    """Also where the revocation is bound to another edition of the root, or the two spell it differently."""
    revocation = row(revoked_at=SIGNED_AT, **({"root_sha256": OTHER_ROOT} if "root_sha256" in other else {}))
    rules = (revocation, row(**other)) if revoked_first else (row(**other), revocation)

    def matched(*rules: ExpectedSigner, at: datetime) -> ExpectedSigner:
        return match(workflow(), rules, root_sha256=ROOT, signed_at=at, component="pkg:pypi/acmelib")

    with pytest.raises(IdentityMismatch) as refusal:
        matched(*rules, at=SIGNED_AT)
    assert "revokedAt" in refusal.value.nearest.differs_in
    assert matched(*rules, at=SIGNED_AT - timedelta(seconds=1))
    again = row(valid_from=SIGNED_AT + timedelta(days=1), **other)
    assert matched(*rules, again, at=SIGNED_AT + timedelta(days=2)) == again
    with pytest.raises(IdentityMismatch):
        matched(*rules, row(valid_from=SIGNED_AT - timedelta(days=1)), at=SIGNED_AT)


def test_flags_on_a_branch_refuse_triggers_that_strangers_cause() -> None:
    """A pull request may run the allowed workflow on the default branch."""
    signer = from_flags(
        root_sha256=ROOT,
        repo="acme/acmelib",
        signer_workflow=".github/workflows/release.yml",
        source_ref="refs/heads/main",
    )
    on_main = workflow(san=f"{WORKFLOW}@refs/heads/main", source_ref="refs/heads/main")
    assert differing(signer, on_main) == []
    assert differing(signer, on_main.model_copy(update={"build_trigger": "pull_request_target"})) == [
        "triggers"
    ]


@pytest.mark.parametrize(
    "flags",
    [
        {},
        {"certificate_identity": "release@acme.example"},
        {"certificate_oidc_issuer": GITHUB_ISSUER},
        {"repo": "acme/acmelib"},
        {"signer_workflow": ".github/workflows/release.yml"},
        {"repo": "acme", "signer_workflow": ".github/workflows/release.yml"},
        {"repo": "acme/*", "signer_workflow": ".github/workflows/release.yml"},
        {"repo": "acme/acmelib", "signer_workflow": "release.yml"},
        {"repo": "acme/acmelib", "signer_workflow": ".github/workflows/*.yml"},
        {"repo": "acme/acmelib", "signer_workflow": ".github/workflows/release.yml@v1"},
        {"repo": "acme/acmelib", "signer_workflow": ".github/workflows/r.yml", "source_ref": "main"},
        {"certificate_identity": f"{WORKFLOW}@refs/tags/*", "certificate_oidc_issuer": GITHUB_ISSUER},
        {"certificate_identity": "release@acme.example", "certificate_oidc_issuer": "*"},
        {
            "certificate_identity": f"{WORKFLOW}@refs/tags/v1",
            "certificate_oidc_issuer": GITHUB_ISSUER,
            "repo": "acme/acmelib",
            "signer_workflow": ".github/workflows/release.yml",
        },
        {"key_sha256": KEY, "repo": "acme/acmelib"},
        {"key_sha256": KEY, "source_ref": "refs/tags/v1"},
    ],
)
def test_flags_that_do_not_say_who_are_refused(flags: dict[str, Any]) -> None:
    """Never half an identity, never a default that accepts anybody."""
    with pytest.raises(InputInvalid) as refused:
        from_flags(root_sha256=ROOT, **flags)
    assert refused.value.problems
    assert bool(refused.value.hint) is not bool(flags), (
        "what is wrong with an option says what to write instead"
    )


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({"key_sha256": KEY, "repo": "acme/acmelib"}, "--key can't be combined with --repo"),
        ({"repo": "acme/acmelib"}, "--repo needs --signer-workflow"),
    ],
)
def test_refused_flags_say_what_does_not_fit(flags: dict[str, Any], reason: str) -> None:
    """In the words of the command line."""
    with pytest.raises(InputInvalid) as refused:
        from_flags(root_sha256=ROOT, **flags)
    assert [problem.message[: len(reason)] for problem in refused.value.problems] == [reason]


OPTIONAL_CLAIMS = [
    "runner_environment", "source_repository", "source_ref", "source_repository_id", "source_owner_id",
]  # fmt: skip


@given(st.sets(st.sampled_from(OPTIONAL_CLAIMS), min_size=1))
def test_taking_extensions_away_never_helps(missing: set[str]) -> None:
    """A certificate that proves less is never accepted instead."""
    assert differing(row(), workflow(**dict.fromkeys(missing))) != []


SEGMENT = st.text(alphabet="abc/*.@-_v1", max_size=12)


@given(SEGMENT)
def test_the_star_stays_inside_its_segment(ref: str) -> None:
    """What follows `refs/tags/` matches exactly when it is one segment that says something."""
    accepted = "identity" not in differing(row(), workflow(san=f"{WORKFLOW}@refs/tags/{ref}"))
    assert accepted is (bool(ref) and "/" not in ref)


@given(st.text(alphabet="abc/*.@:", max_size=30))
def test_a_literal_identity_matches_itself_alone(other: str) -> None:
    """No character but `*` is special."""
    if other != "release@acme.example":
        assert "identity" in differing(person_row(), person(san=other))


@given(st.text(max_size=20), st.text(max_size=60))
def test_patterns_never_reach_into_the_repository(issuer: str, identity: str) -> None:
    """Whatever can be built is literal through the repository, or altogether."""
    try:
        built = person_row(issuer=issuer, identity=identity, source_repository=REPOSITORY, triggers=("push",))
    except ValidationError:
        return
    assert "*" not in (built.issuer or "")
    assert "*" not in (repository_of(built.identity or "") or built.identity or "")


# ---- what users of such tools ran into -------------------------------------------------------------------

COMMIT = "a1" * 20
SHARED = "https://github.com/acme/shared/.github/workflows/sign.yml"
COMPANY = "https://acme.ghe.example/acme/acmelib"
LIB = f"identity: {WORKFLOW}@refs/tags/lib/*"
HOSTED = f"{COMPANY}/.github/workflows/release.yml@refs/tags/v2.4.1"


@pytest.mark.parametrize("tag", ["acmelib@2.4.1", "@acme/lib@2.4.1", "v2@refs", "a@b@c"])
def test_a_tag_with_an_at_sign_is_a_tag(tag: str) -> None:
    """Packages of one repository are often tagged name@version."""
    ref = f"refs/tags/{tag}"
    presented = workflow(san=f"{WORKFLOW}@{ref}", source_ref=ref)
    assert differing(row(identity=f"{WORKFLOW}@{ref}"), presented) == []
    pattern = f"{WORKFLOW}@{ref.rpartition('/')[0]}/*"
    assert differing(row(identity=pattern), presented) == []


@pytest.mark.parametrize("branch", ["x@refs/tags/v1", "refs/tags/v1"])
def test_a_branch_never_passes_for_a_tag(branch: str) -> None:
    """Whatever it is called: a rule without triggers is for tags."""
    ref = f"refs/heads/{branch}"
    called = workflow(san=f"{SHARED}@{ref}", source_ref="refs/tags/v1")
    with pytest.raises(ValidationError, match="triggers"):
        row(identity=f"{SHARED}@{ref}")
    for pattern in (f"{SHARED}@refs/tags/*", f"{SHARED}@*"):
        try:
            rule = row(identity=pattern)
        except ValidationError:
            continue
        assert differing(rule, called)
    own = workflow(san=f"{WORKFLOW}@{ref}", source_ref=ref)
    assert differing(row(), own)


@pytest.mark.parametrize("source_ref", ["refs/tags/*", None])
def test_a_shared_workflow_at_a_commit(source_ref: str | None) -> None:
    """The strictest ref; whoever calls it still has to run for a tag."""
    rule = row(identity=f"{SHARED}@{COMMIT}", source_ref=source_ref)
    assert differing(rule, workflow(san=f"{SHARED}@{COMMIT}")) == []
    assert differing(rule, workflow(san=f"{SHARED}@{'b2' * 20}")) == ["identity"]
    on_a_branch = workflow(san=f"{SHARED}@{COMMIT}", source_ref="refs/heads/main")
    assert differing(rule, on_a_branch) == (["ref", "triggers"] if source_ref else ["triggers"])
    flags = from_flags(
        root_sha256=ROOT,
        repo="acme/acmelib",
        signer_workflow=f"acme/shared/.github/workflows/sign.yml@{COMMIT}",
    )
    assert differing(flags, workflow(san=f"{SHARED}@{COMMIT}")) == []


def test_an_account_of_a_company_has_an_underscore() -> None:
    """In both flags."""
    for name in (".github/workflows/release.yml", "jdoe_acme/lib/.github/workflows/release.yml"):
        signer = from_flags(root_sha256=ROOT, repo="jdoe_acme/lib", signer_workflow=name)
        assert signer.source_repository == "https://github.com/jdoe_acme/lib"


@pytest.mark.parametrize(
    ("issuer", "identity", "repository"),
    [
        ("https://token.actions.acme.ghe.example", HOSTED, COMPANY),
        ("https://acme.ghe.example/_services/token", HOSTED, COMPANY),
        ("https://acme.ghe.example/_services/token/acme", HOSTED, COMPANY),
        (
            "https://git.acme.example",
            "https://git.acme.example/team/lib//.gitlab-ci.yml@refs/tags/v2.4.1",
            "https://git.acme.example/team/lib",
        ),
        (
            "https://acme.example/gitlab",
            "https://acme.example/gitlab/team/lib//.gitlab-ci.yml@refs/tags/v2.4.1",
            "https://acme.example/gitlab/team/lib",
        ),
    ],
)
def test_forges_on_hosts_of_their_own(issuer: str, identity: str, repository: str) -> None:
    """The identity names its own repository, by flags too, and its own issuer allows a pattern of refs."""
    presented = workflow(issuer=issuer, san=identity, source_repository=repository)
    flags = from_flags(root_sha256=ROOT, certificate_identity=identity, certificate_oidc_issuer=issuer)
    assert differing(flags, presented) == []
    pattern = row(issuer=issuer, identity=identity.replace("v2.4.1", "*"), source_repository=repository)
    assert differing(pattern, presented) == []
    with pytest.raises(ValidationError, match="identity"):
        row(issuer="https://elsewhere.example", identity=identity.replace("v2.4.1", "*"))


@pytest.mark.parametrize(
    ("issuer", "identity", "field", "fix"),
    [
        (
            "https://acme.ghe.example",
            f"{HOSTED.partition('@')[0]}@refs/tags/*",
            "issuer",
            "https://acme.ghe.example/_services/token",
        ),
        ("https://other.example", f"{WORKFLOW}@refs/tags/*", "issuer", GITHUB_ISSUER),
        (
            "https://elsewhere.example",
            "https://git.acme.example/team/lib//.gitlab-ci.yml@refs/tags/*",
            "issuer",
            "https://git.acme.example, or an address below it",
        ),
        (
            "https://git.acme.example",
            "https://git.acme.example/team/lib/.gitlab-ci.yml@refs/tags/*",
            "identity",
            "// is before the file",
        ),
        (
            "https://git.acme.example/",
            "https://git.acme.example/a/b//c.yml@refs/tags/*",
            "issuer",
            "remove the slash",
        ),
        (
            GITHUB_ISSUER,
            f"{REPOSITORY}/.github/workflows/*@refs/tags/v1",
            "identity",
            "everything through the @",
        ),
    ],
)
def test_a_pattern_that_nothing_vouches_for(issuer: str, identity: str, field: str, fix: str) -> None:
    """The place that is wrong, and what it would have to be."""
    problems = signer_rule_problems(
        issuer=issuer,
        identity=identity,
        key_sha256=None,
        source_repository=REPOSITORY,
        source_ref=None,
        triggers=(),
    )
    assert [problem.field for problem in problems] == [field]
    assert fix in problems[0].fix


@pytest.mark.parametrize("flag", ["signer_workflow", "source_ref", "certificate_identity"])
def test_flags_are_literal(flag: str) -> None:
    """A pattern in a flag would let more speak than anybody reads in it."""
    values: dict[str, Any] = {
        "signer_workflow": ".github/workflows/release.yml@refs/tags/*",
        "source_ref": "refs/heads/*",
        "certificate_identity": f"{WORKFLOW}@refs/tags/*",
    }
    with pytest.raises(InputInvalid) as refusal:
        from_flags(root_sha256=ROOT, repo="acme/acmelib", **{flag: values[flag]})
    assert any("literally" in problem.message for problem in refusal.value.problems)


@pytest.mark.parametrize(
    ("changed", "presented", "step"),
    [
        (
            {},
            {"san": f"{SHARED}@refs/tags/v3"},
            f"a shared workflow signed, for this repository; if it may, write identity: {SHARED}@refs/tags/*",
        ),
        (
            {},
            {"san": f"{WORKFLOW}@refs/tags/lib/v1", "source_ref": "refs/tags/lib/v1"},
            f"* stands for one segment, and the tag has a slash; if it is a release, write {LIB}",
        ),
        (
            {},
            {"san": f"{WORKFLOW}@refs/heads/main", "source_ref": "refs/heads/main"},
            "it was signed on a branch, not for a tag",
        ),
        (
            {"source_repository": "https://github.com/Acme/acmelib"},
            {},
            f"sourceRepository differs only in upper and lower case; write {REPOSITORY}",
        ),
        (
            {"issuer": GITHUB_ISSUER + "/"},
            {},
            f"issuer differs only in a slash at the end; write {GITHUB_ISSUER}",
        ),
        (
            {},
            {
                "source_repository": "https://github.com/acme/new",
                "san": WORKFLOW.replace("acmelib", "new") + "@refs/tags/v2.4.1",
            },
            "the repository has the same id, so it was renamed or moved",
        ),
        (
            {},
            {
                "source_repository": "https://github.com/other/acmelib",
                "source_repository_id": "7",
                "san": WORKFLOW.replace("acme/", "other/") + "@refs/tags/v2.4.1",
            },
            "another repository of this name signed: a fork, or the project has moved",
        ),
        (
            {},
            {"san": WORKFLOW.replace("release", "lint") + "@refs/tags/v2.4.1"},
            "another workflow of this repository signed; if the project releases with it, write identity: ",
        ),
        (
            {"issuer": GITHUB_ISSUER + "/", "identity": f"{WORKFLOW}@refs/tags/v2.4.1"},
            {},
            "issuer differs only",
        ),
    ],
)
def test_a_refusal_names_the_well_known_cause(
    changed: dict[str, Any], presented: dict[str, Any], step: str
) -> None:
    """What people search for; and following it is what makes the signer match."""
    with pytest.raises(IdentityMismatch) as refusal:
        match(workflow(**presented), (row(**changed),), root_sha256=ROOT, signed_at=SIGNED_AT, component="x")
    assert refusal.value.nearest.next.startswith(step)


PERSON = {"issuer": "https://id.example", "identity": "m@acme.example"}
NOTHING_ABOUT_RUNS = dict.fromkeys(("source_repository", "repository_id", "owner_id"))


@pytest.mark.parametrize(
    "changed",
    [
        {"source_repository": REPOSITORY},
        {"repository_id": "1"},
        {"owner_id": "1"},
        {"source_ref": "refs/tags/v1"},
        {"triggers": ("push",)},
        {"allow_self_hosted": True},
    ],
)
def test_a_person_has_no_run(changed: dict[str, Any]) -> None:
    """What would be accepted and never compared, or could never match, is refused."""
    assert row(**PERSON, **NOTHING_ABOUT_RUNS).identity == "m@acme.example"
    with pytest.raises(ValidationError, match="about a workflow's run"):
        row(**PERSON, **(NOTHING_ABOUT_RUNS | changed))


@pytest.mark.parametrize("identity", ["mailto:m@acme.example", "Release Team <m@acme.example>"])
def test_more_than_an_address(identity: str) -> None:
    """No certificate has it."""
    with pytest.raises(ValidationError, match="more than an e-mail address"):
        row(**(PERSON | {"identity": identity}), **NOTHING_ABOUT_RUNS)


def test_a_repository_by_its_address() -> None:
    """Three ways in which people name it are one."""
    forms = ("acme/acmelib", "github.com/acme/acmelib", REPOSITORY)
    signers = {
        from_flags(
            root_sha256=ROOT, repo=each, signer_workflow=".github/workflows/release.yml"
        ).source_repository
        for each in forms
    }
    assert signers == {REPOSITORY}


def test_a_shared_workflow_run_for_a_branch() -> None:
    """The advice names the branch: a trigger alone would admit every branch."""
    shared = row(identity=f"{SHARED}@refs/tags/*")
    presented = presented_as("refs/tags/v3", "refs/heads/main", shared=True)
    step = step_after(presented, shared)
    assert step is not None
    assert step.endswith("write ref: refs/heads/main and triggers: [push]")


def test_a_rule_that_names_no_repository() -> None:
    """Of a forge whose identities say nothing about their repository."""
    forge = {"issuer": "https://forge.example", "san": "https://forge.example/run/1"}
    rule = row(issuer=forge["issuer"], identity=forge["san"], **NOTHING_ABOUT_RUNS)
    step = step_after(workflow(**forge, source_repository="https://forge.example/a/b"), rule)
    assert step is not None
    assert step.endswith("write sourceRepository: https://forge.example/a/b")


def test_an_enterprise_by_options() -> None:
    """Its issuer is below GitHub's own, and one more option admits it."""
    flags: dict[str, Any] = {"repo": "acme/acmelib", "signer_workflow": ".github/workflows/release.yml"}
    own = f"{GITHUB_ISSUER}/acme-corp"
    step = step_after(workflow(issuer=own), from_flags(root_sha256=ROOT, **flags))
    assert step is not None
    assert step.endswith(f"add --certificate-oidc-issuer {own}")
    allowed = from_flags(root_sha256=ROOT, **flags, certificate_oidc_issuer=own)
    assert step_after(workflow(issuer=own), allowed) is None


REFS = ("refs/tags/v1", "refs/tags/lib/v1", "refs/heads/main", "refs/heads/release/1.x")
FOLLOWED = [
    (workflow_ref, caller_ref, shared)
    for shared in (False, True)
    for workflow_ref in (*REFS, *(["5e" * 20] if shared else []))
    for caller_ref in REFS
]


def presented_as(workflow_ref: str, caller_ref: str, *, shared: bool) -> SignerIdentity:
    """A run of the repository's own workflow, or of a shared one."""
    san = f"{SHARED if shared else WORKFLOW}@{workflow_ref}"
    return workflow(san=san, build_signer_uri=san, source_ref=caller_ref)


def step_after(presented: SignerIdentity, rule: ExpectedSigner) -> str | None:
    """What a refusal says to do; None if the rule admits the signer."""
    try:
        match(presented, (rule,), root_sha256=ROOT, signed_at=SIGNED_AT, component="x")
    except IdentityMismatch as refusal:
        return refusal.nearest.next
    return None


@pytest.mark.parametrize(("workflow_ref", "caller_ref", "shared"), FOLLOWED)
@pytest.mark.parametrize(
    "flags",
    [
        {"signer_workflow": ".github/workflows/release.yml"},
        {"signer_workflow": ".github/workflows/release.yml@refs/tags/v9"},
        {"signer_workflow": ".github/workflows/release.yml", "source_ref": "refs/tags/v9"},
        {"signer_workflow": SHARED.removeprefix("https://github.com/")},
        {"signer_workflow": SHARED.removeprefix("https://github.com/") + "@refs/tags/v9"},
        {"signer_workflow": SHARED.removeprefix("https://github.com/"), "source_ref": "refs/heads/old"},
        {"certificate_identity": f"{WORKFLOW}@refs/tags/v9", "certificate_oidc_issuer": GITHUB_ISSUER},
        {"certificate_identity": f"{SHARED}@refs/tags/v9", "certificate_oidc_issuer": GITHUB_ISSUER},
    ],
)
def test_options_that_are_advised_are_enough(
    flags: dict[str, Any], workflow_ref: str, caller_ref: str, *, shared: bool
) -> None:
    """Whoever writes them as they stand is not refused a second time."""
    presented = presented_as(workflow_ref, caller_ref, shared=shared)
    step = step_after(presented, from_flags(root_sha256=ROOT, repo="acme/acmelib", **flags))
    if step is None or "--" not in step:
        assert step is None or not shared  # another workflow of the repository's own is not suggested
        return
    advised = dict(re.findall(r"--([a-z-]+) (\S+)", step))
    again: dict[str, Any] = {name.replace("-", "_"): value for name, value in advised.items()}
    if "certificate_identity" in again:
        again["certificate_oidc_issuer"] = GITHUB_ISSUER
    assert step_after(presented, from_flags(root_sha256=ROOT, repo="acme/acmelib", **again)) is None, step


@pytest.mark.parametrize(("workflow_ref", "caller_ref", "shared"), FOLLOWED)
@pytest.mark.parametrize(
    "changed",
    [
        {"identity": f"{WORKFLOW}@refs/tags/*"},
        {"identity": f"{WORKFLOW}@refs/tags/v9"},
        {"identity": f"{SHARED}@refs/tags/*"},
        {"identity": f"{SHARED}@refs/tags/*", "source_ref": "refs/tags/*"},
        {"identity": f"{SHARED}@refs/heads/old", "source_ref": "refs/heads/old", "triggers": ("push",)},
    ],
)
def test_keys_that_are_advised_are_enough(
    changed: dict[str, Any], workflow_ref: str, caller_ref: str, *, shared: bool
) -> None:
    """The same of a policy's rule."""
    presented = presented_as(workflow_ref, caller_ref, shared=shared)
    step = step_after(presented, row(**changed))
    advised = dict(re.findall(r"(identity|ref|triggers): (\S+)", step or ""))
    if not advised:
        # another workflow of the repository's own is not suggested, and a trigger alone has its own step
        assert step is None or not shared or step.startswith("add the trigger"), step
        return
    again: dict[str, Any] = changed | advised
    if "ref" in again:
        again["source_ref"] = again.pop("ref")
    if "triggers" in advised:
        again["triggers"] = (advised["triggers"].strip("[]"),)
    assert step_after(presented, row(**again)) is None, step


@pytest.mark.parametrize(
    ("flags", "option"),
    [
        (
            {"repo": "Acme/acmelib", "signer_workflow": f"{WORKFLOW[19:]}@refs/tags/v2.4.1"},
            "--repo acme/acmelib",
        ),
        (
            {
                "certificate_identity": f"{WORKFLOW}@refs/tags/V2.4.1",
                "certificate_oidc_issuer": GITHUB_ISSUER,
            },
            f"--certificate-identity {WORKFLOW}@refs/tags/v2.4.1",
        ),
        (
            {
                "certificate_identity": f"{WORKFLOW}@refs/tags/v2.4.1",
                "certificate_oidc_issuer": GITHUB_ISSUER + "/",
            },
            f"--certificate-oidc-issuer {GITHUB_ISSUER}",
        ),
    ],
)
def test_another_spelling_is_advised_as_an_option(flags: dict[str, Any], option: str) -> None:
    """As it has to be written on the command line."""
    presented = workflow(san=f"{WORKFLOW}@refs/tags/v2.4.1")
    step = step_after(presented, from_flags(root_sha256=ROOT, **flags))
    assert step is not None
    assert step.endswith(f"; write {option}")


@pytest.mark.parametrize("trigger", ["pull_request_target", "merge_request_event"])
def test_a_run_that_strangers_can_cause_is_not_advised(trigger: str) -> None:
    """A merge request comes from a branch that anybody may push somewhere."""
    presented = workflow(
        san=f"{WORKFLOW}@refs/heads/feature", source_ref="refs/heads/feature", build_trigger=trigger
    )
    assert step_after(presented, row()) == (
        f"it ran on {trigger}, which people outside the project may be able to trigger; "
        "don't treat it as a release"
    )


GOOD = {
    "certificate_identity": f"{WORKFLOW}@refs/tags/v2.4.1",
    "certificate_oidc_issuer": GITHUB_ISSUER,
    "repo": "acme/acmelib",
    "signer_workflow": ".github/workflows/release.yml",
    "source_ref": "refs/tags/v2.4.1",
    "key_sha256": KEY,
}
OTHER = {
    "certificate_identity": f"{REPOSITORY}/.github/workflows/lint.yml@refs/tags/v2.4.1",
    "certificate_oidc_issuer": "https://token.actions.githubusercontent.com/enterprise",
    "repo": "mallory/acmelib",
    "signer_workflow": ".github/workflows/lint.yml",
    "source_ref": "refs/tags/v9",
    "key_sha256": OTHER_KEY,
}


@pytest.mark.parametrize("given", [set(each) for n in range(7) for each in combinations(GOOD, n)], ids=sorted)
def test_every_flag_takes_part_or_is_refused(given: set[str]) -> None:
    """Each combination is refused; or it admits the signer, and not once any one of its flags differs."""

    def admits(values: dict[str, Any]) -> bool | None:
        try:
            signer = from_flags(root_sha256=ROOT, **values)
        except InputInvalid:
            return None
        presented = SignerKey(spki_sha256=KEY) if "key_sha256" in values else workflow()
        return not differing(signer, presented)

    good: dict[str, Any] = {name: GOOD[name] for name in given}
    if admits(good) is None:
        return
    assert admits(good)
    for name in given:
        assert not admits(good | {name: OTHER[name]}), name
        assert not admits(good | {name: ""}), name


def test_a_repository_beside_a_company_s_identity_is_on_its_host() -> None:
    """`--repo` names owner and name; where they are, the identity says."""
    shared = "https://acme.ghe.example/tools/shared/.github/workflows/sign.yml@refs/tags/v1"
    signer = from_flags(
        root_sha256=ROOT,
        certificate_identity=shared,
        certificate_oidc_issuer="https://token.actions.acme.ghe.example",
        repo="acme/acmelib",
    )
    assert signer.source_repository == COMPANY
    assert signer.source_ref == "refs/tags/*"
