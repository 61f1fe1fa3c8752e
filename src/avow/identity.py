"""Who signed, as the certificate proves it, against who may: every difference is collected.

Source: Fulcio OID table, 1.3.6.1.4.1.57264.1.8 to .22 (`oid-info.md` of sigstore/fulcio).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from avow.errors import IdentityMismatch, InputInvalid, Nearest, Problem
from avow.values import Frozen, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GITHUB_ISSUER: Final = "https://token.actions.githubusercontent.com"
"""Issuer of GitHub Actions' tokens; an enterprise's own one has its name as a further path segment.

Source: GitHub documentation, "OpenID Connect reference".
"""

HOSTED_RUNNERS: Final = frozenset({"github-hosted", "gitlab-hosted"})
"""Values of extension .11 that say: the forge's machine, made for one job. All others are somebody's own."""

WRITERS_TRIGGERS: Final = ("push", "release", "schedule", "workflow_dispatch", "web")
"""Triggers (.20) that only people with write access cause; assumed where a command line names none.

`pull_request_target`, `issue_comment` and `workflow_run` run on a branch too, at anybody's instigation.
Source: GitHub documentation, "Events that trigger workflows"; GitLab documentation, `CI_PIPELINE_SOURCE`.
"""

UNSTATED: Final = "unstated"
"""The relationship of a signer named on the command line; requirements that name relationships refuse it."""

_TAG = "refs/tags/"
_REPOSITORY = re.compile(r"https://[^*\s]+(?<!/)(?<!\.git)")
_GITHUB_WORKFLOW = re.compile(r"(?P<repository>https://github\.com/[^/]+/[^/]+)/")
_GITLAB_WORKFLOW = re.compile(r"(?P<repository>(?P<host>https://[^/]+)/[^/]+(?:/[^/]+)+)//")
_OWNER_AND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+(?<!\.git)")
_WORKFLOW = re.compile(
    r"(?:(?:github\.com/)?(?P<repository>[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+)/)?"
    r"(?P<path>\.github/workflows/[^@/*\s]+)(?:@(?P<ref>refs/(?:tags|heads)/[^\s]+))?"
)

_NEXT_OTHERWISE = "compare the signer that you expect with the certificate: avow inspect BUNDLE"
_NEXT: Final = {
    "root": "ask the project which Sigstore instance it uses; name its root in the rule only if you trust it",
    "key": "ask the project which key is theirs",
    "revokedAt": "it was revoked before this was signed; ask the project for one by its present signer",
    "issuer": "list this issuer only if you trust it to name every identity correctly",
    "identity": _NEXT_OTHERWISE,
    "sourceRepository": "it ran for another repository; list that one only if it may speak for it",
    "repositoryId": "the name may have passed to another repository; ask the project before you trust it",
    "ownerId": "the name may have passed to another owner; ask the project before you trust it",
    "runner": "the certificate shows no hosted runner; write allowSelfHosted: true if you trust that machine",
    "triggers": "add the trigger to the rule's triggers if only maintainers can cause it",
}
"""The step after a refusal, by the field that differs; the first one that applies is reported."""

_NEXT_WITHOUT_POLICY: Final = {
    "runner": "the certificate shows no hosted runner; if you trust that machine, allow it in a policy",
    "triggers": "if only maintainers can cause this trigger, allow it in a policy",
}
"""The same where options named the signer: a signer rule can allow more than they can."""

_FLAG_OF_FIELD: Final = {
    "issuer": "--certificate-oidc-issuer",
    "identity": "--certificate-identity",
    "sourceRepository": "--repo",
    "ref": "--source-ref",
    "triggers": "the trigger allow-list",
}


class SignerIdentity(Frozen):
    """What one Fulcio certificate proves about its holder. Never built from the payload.

    Field comments name the certificate extension under 1.3.6.1.4.1.57264.1. `None` is an absent extension.
    """

    issuer: str  # .8; .1 agreed where present
    san: str
    san_type: Literal["uri", "email", "otherName"]
    build_signer_uri: str | None = None  # .9
    build_signer_digest: str | None = None  # .10
    runner_environment: str | None = None  # .11
    source_repository: str | None = None  # .12
    source_digest: str | None = None  # .13
    source_ref: str | None = None  # .14
    source_repository_id: str | None = None  # .15
    source_owner: str | None = None  # .16
    source_owner_id: str | None = None  # .17
    build_config_uri: str | None = None  # .18
    build_config_digest: str | None = None  # .19
    build_trigger: str | None = None  # .20
    run_invocation_uri: str | None = None  # .21
    source_visibility: str | None = None  # .22

    @property
    def is_ci(self) -> bool:
        """The certificate carries any of the extensions .9 to .22: a workflow signed, not a person."""
        return any(
            getattr(self, name) is not None
            for name in type(self).model_fields
            if name not in {"issuer", "san", "san_type"}
        )

    def __str__(self) -> str:
        return f"{self.san} ({self.issuer})"


class SignerKey(Frozen):
    """A bare public key: SHA-256 of its DER SubjectPublicKeyInfo, lower-case hex."""

    spki_sha256: str

    def __str__(self) -> str:
        return f"key {self.spki_sha256}"


def signer_facts(signer: SignerIdentity | SignerKey) -> dict[str, str]:
    """What the certificate or key says, absent extensions left out."""
    return {name: value for name, value in signer.model_dump().items() if value is not None}


class Difference(Frozen):
    """One field in which a presented signer differs from an expected one; fields are named as in a policy."""

    field: str
    expected: str
    found: str


class SignerRuleProblem(NamedTuple):
    """Why a signer rule would admit too much, or nobody; `field` is named as in a policy."""

    field: str
    message: str
    fix: str


_Compared = tuple[str, str | None, str | None, bool]
"""Field as in a policy, what was expected, what was found, and whether that is the same."""


class ExpectedSigner(Frozen):
    """One signer rule of a policy: who may speak for `component`, bound to one named trusted root.

    Cannot be built without both an issuer and an identity, or a key, nor with a pattern that reaches into
    the repository's name.

    Raises:
        ValueError: what `signer_rule_problems` says.
    """

    component: str
    """Canonical purl without version; `*` only from command-line flags."""
    relationship: str
    place: str
    """Where the rule is, `policy.yaml:16`, for messages."""
    root_sha256: str
    issuer: str | None = None
    identity: str | None = None
    """Literal, or a pattern: `*` is one or more characters other than `/`, only after the repository."""
    source_repository: str | None = None
    repository_id: str | None = None
    owner_id: str | None = None
    source_ref: str | None = None
    """Literal, or a pattern as in `identity`."""
    triggers: tuple[str, ...] = ()
    allow_self_hosted: bool = False
    key_sha256: str | None = None
    """SHA-256 of the DER SubjectPublicKeyInfo, for key signers."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    revoked_at: datetime | None = None

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse a rule that would admit too much, or nobody."""
        problems = signer_rule_problems(
            issuer=self.issuer,
            identity=self.identity,
            key_sha256=self.key_sha256,
            source_repository=self.source_repository,
            source_ref=self.source_ref,
            triggers=self.triggers,
        )
        if problems:
            raise ValueError("; ".join(f"{problem.field}: {problem.message}" for problem in problems))

    def differences(
        self, presented: SignerIdentity | SignerKey, *, root_sha256: str, signed_at: datetime
    ) -> tuple[Difference, ...]:
        """Everything in which `presented`, verified against `root_sha256`, is not this signer.

        Not checked here: that the certificate and its signing time verified, which the caller has done.
        """
        compared = [
            ("root", self.root_sha256, root_sha256, root_sha256 == self.root_sha256),
            *self._compared_times(signed_at),
        ]
        if isinstance(presented, SignerKey) or self.key_sha256 is not None:
            wanted = self.key_sha256 or f"{self.identity} ({self.issuer})"
            key = presented.spki_sha256 if isinstance(presented, SignerKey) else str(presented)
            compared.append(("key", wanted, key, key == self.key_sha256))
        else:
            compared += self._compared_identity(presented)
        return tuple(
            Difference(field=field, expected=expected or "", found=found or "absent")
            for field, expected, found, same in compared
            if not same
        )

    def _compared_times(self, signed_at: datetime) -> Iterator[_Compared]:
        start, moment = self.valid_from, utc_text(signed_at)
        if start is not None:
            yield "validFrom", f"signed from {utc_text(start)}", moment, signed_at >= start
        for field, end in (("validUntil", self.valid_until), ("revokedAt", self.revoked_at)):
            if end is not None:
                yield field, f"signed before {utc_text(end)}", moment, signed_at < end

    def _compared_identity(self, presented: SignerIdentity) -> Iterator[_Compared]:
        identity = self.identity or ""
        kind = _san_type(identity)
        yield "issuer", self.issuer, presented.issuer, presented.issuer == self.issuer
        yield "identity", identity, presented.san, _matches(identity, presented.san)
        yield "identity type", kind, presented.san_type, presented.san_type == kind
        # A rule with a repository is about a workflow, which a certificate without one is not.
        if presented.is_ci or self.source_repository is not None:
            wanted, found = self.source_repository, presented.source_repository
            same = found is not None and found == wanted
            yield "sourceRepository", wanted or "a source repository named in the rule", found, same
        for field, wanted, found in (
            ("repositoryId", self.repository_id, presented.source_repository_id),
            ("ownerId", self.owner_id, presented.source_owner_id),
        ):
            yield field, wanted, found, wanted is None or found == wanted
        ref, found = self.source_ref, presented.source_ref
        yield "ref", ref, found, ref is None or (found is not None and _matches(ref, found))
        if presented.is_ci:
            yield from self._compared_run(presented)

    def _compared_run(self, presented: SignerIdentity) -> Iterator[_Compared]:
        runner, trigger = presented.runner_environment, presented.build_trigger
        hosted = self.allow_self_hosted or runner in HOSTED_RUNNERS
        yield "runner", " or ".join(sorted(HOSTED_RUNNERS)), runner, hosted
        # Both: a reusable workflow is named at a tag of its own, whatever its caller runs for.
        refs = (presented.source_ref, _ref_of(presented.san) or presented.source_ref)
        for_a_tag = all(ref is not None and ref.startswith(_TAG) for ref in refs)
        wanted = " or ".join(self.triggers) or "a run for a tag, or a trigger named in the rule"
        yield "triggers", wanted, trigger, trigger in self.triggers if self.triggers else for_a_tag


def signer_rule_problems(
    *,
    issuer: str | None,
    identity: str | None,
    key_sha256: str | None,
    source_repository: str | None,
    source_ref: str | None,
    triggers: tuple[str, ...],
) -> tuple[SignerRuleProblem, ...]:
    """Everything that is wrong with a signer rule; empty if it says who may speak."""
    if key_sha256 is not None:
        named = {
            "issuer": issuer,
            "identity": identity,
            "sourceRepository": source_repository,
            "ref": source_ref,
        }
        return tuple(
            SignerRuleProblem(field, "can't be combined with a key", "write a second rule for the identity")
            for field, value in named.items()
            if value
        )
    if not issuer or not identity:
        return tuple(
            SignerRuleProblem(field, "is missing: issuer and identity are both always needed", fix)
            for field, value, fix in (
                ("issuer", issuer, f"for GitHub Actions write {GITHUB_ISSUER}"),
                (
                    "identity",
                    identity,
                    "get it from the project's documentation; `avow inspect BUNDLE` shows how it is spelled",
                ),
            )
            if not value
        )
    return (
        *_pattern_problems(issuer, identity, source_ref=source_ref),
        *_workflow_problems(
            identity, source_repository=source_repository, source_ref=source_ref, triggers=triggers
        ),
    )


def _pattern_problems(issuer: str, identity: str, *, source_ref: str | None) -> Iterator[SignerRuleProblem]:
    if "*" in issuer:
        yield SignerRuleProblem("issuer", "has a *: an issuer is compared exactly", "write the whole issuer")
    if "*" in identity[: _literal_length(issuer, identity)]:
        yield SignerRuleProblem(
            "identity",
            "has a * before the end of the repository",
            "write out owner and repository (GitHub), all before // (GitLab), or all of it (other issuers)",
        )
    if source_ref is not None and not source_ref.startswith(("refs/tags/", "refs/heads/")):
        yield SignerRuleProblem(
            "ref", "is neither refs/tags/... nor refs/heads/...", "write the full name of the ref"
        )


def _workflow_problems(
    identity: str, *, source_repository: str | None, source_ref: str | None, triggers: tuple[str, ...]
) -> Iterator[SignerRuleProblem]:
    own = repository_of(identity)
    if source_repository is None and own is not None:
        yield SignerRuleProblem(
            "sourceRepository",
            "is missing: a reusable workflow has one identity for every caller",
            f"if the workflow's own repository is meant, write {own}",
        )
    if source_repository is not None and _REPOSITORY.fullmatch(source_repository) is None:
        yield SignerRuleProblem(
            "sourceRepository",
            "is not written as in the certificate",
            "write the whole URL, from https://, without .git and without a slash at the end",
        )
    refs = [ref for ref in (_ref_of(identity), source_ref) if ref is not None]
    if not triggers and any(not ref.startswith(_TAG) for ref in refs):
        yield SignerRuleProblem(
            "triggers",
            "are missing: on a branch only the trigger separates maintainers from strangers",
            f"allow for example [push, workflow_dispatch], or end the identity in @{_TAG}*",
        )


def repository_of(identity: str) -> str | None:
    """The repository that a workflow's identity names, pattern or not; None if it is not a workflow's.

    GitHub: through the second path segment. GitLab: before `//`.
    """
    match = _GITHUB_WORKFLOW.match(identity) or _GITLAB_WORKFLOW.match(identity)
    return match["repository"] if match else None


def _literal_length(issuer: str, identity: str) -> int:
    """How much of `identity` has to be literal: through the repository, or all of it."""
    github = _GITHUB_WORKFLOW.match(identity)
    if github is not None and (issuer == GITHUB_ISSUER or issuer.startswith(GITHUB_ISSUER + "/")):
        return github.end()
    gitlab = _GITLAB_WORKFLOW.match(identity)
    if gitlab is not None and issuer == gitlab["host"]:
        return gitlab.end()
    return len(identity)


def _ref_of(identity: str) -> str | None:
    """The ref after a workflow's `@`."""
    if repository_of(identity) is None:
        return None
    return identity.rpartition("@")[2]


def _san_type(identity: str) -> str:
    if "://" in identity:
        return "uri"
    return "email" if "@" in identity else "otherName"


def _matches(pattern: str, presented: str) -> bool:
    """In full, and `*` is one or more characters other than `/`; nothing else is special."""
    return re.fullmatch(r"[^/\s]+".join(map(re.escape, pattern.split("*"))), presented) is not None


def match(
    presented: SignerIdentity | SignerKey,
    expected: tuple[ExpectedSigner, ...],
    *,
    root_sha256: str,
    signed_at: datetime,
    component: str,
) -> ExpectedSigner:
    """The first rule that `presented` matches in every field.

    A signer that one rule revokes is not admitted by another, unless that one starts after the revocation.

    Raises:
        IdentityMismatch: it matches none, is revoked, or there is none; carries the nearest rule.
    """
    candidates = [
        (rule, rule.differences(presented, root_sha256=root_sha256, signed_at=signed_at)) for rule in expected
    ]
    revoked = [candidate for candidate in candidates if _is_revocation(candidate[1])]
    for rule, differences in candidates:
        if not differences and all(_readmits(rule, revocation) for revocation, _ in revoked):
            return rule
    candidates = revoked or candidates
    if not candidates:
        raise IdentityMismatch(
            f"signed by {presented}, but no signer is allowed for {component}",
            nearest=Nearest(
                differs_in=("for",),
                expected=component,
                found=str(presented),
                next=f"if this signer may speak for it, add a signer rule with for: {component}",
            ),
        )
    rule, differences = min(candidates, key=lambda candidate: len(candidate[1]))
    fields = tuple(difference.field for difference in differences)
    steps = _NEXT | (_NEXT_WITHOUT_POLICY if rule.relationship == UNSTATED else {})
    raise IdentityMismatch(
        f"signed by {presented}, not an allowed signer for {component}: {_do_not_match(fields)}",
        nearest=Nearest(
            differs_in=fields,
            expected="; ".join(f"{each.field}: {each.expected}" for each in differences),
            found="; ".join(f"{each.field}: {each.found}" for each in differences),
            rule=rule.place,
            next=next((step for field, step in steps.items() if field in fields), _NEXT_OTHERWISE),
        ),
    )


def _is_revocation(differences: tuple[Difference, ...]) -> bool:
    """The signer is the one that the rule revokes, by whichever root it was verified."""
    fields = {difference.field for difference in differences}
    return "revokedAt" in fields and fields <= {"revokedAt", "validFrom", "validUntil", "root"}


def _readmits(rule: ExpectedSigner, revocation: ExpectedSigner) -> bool:
    """`rule` says that it is about a time after the revocation; a rule that says no time revives nobody."""
    if rule.valid_from is None or revocation.revoked_at is None:
        return False
    return rule.valid_from >= revocation.revoked_at


def _do_not_match(fields: tuple[str, ...]) -> str:
    """`issuer does not match`, or `issuer and ref do not match`."""
    *others, last = fields
    return f"{', '.join(others)} and {last} do not match" if others else f"{last} does not match"


def from_flags(
    *,
    root_sha256: str,
    certificate_identity: str | None = None,
    certificate_oidc_issuer: str | None = None,
    repo: str | None = None,
    signer_workflow: str | None = None,
    source_ref: str | None = None,
    key_sha256: str | None = None,
    triggers: tuple[str, ...] = WRITERS_TRIGGERS,
) -> ExpectedSigner:
    """The one signer that command-line flags name, for whatever component the statement is about.

    `repo` is OWNER/NAME on GitHub. `signer_workflow` is `.github/workflows/FILE` in that repository, or
    `OWNER/NAME/.github/workflows/FILE`, each with or without `@REF`. Without a ref it has to run from
    `source_ref` if that is given and the workflow is the repository's own, else from a tag without a slash.
    A certificate identity that names a workflow stands for its own repository unless `repo` names another.
    Whoever calls a workflow of another repository has to run for `source_ref`, or for a tag without a slash.

    Raises:
        InputInvalid: flags that contradict each other or don't name both halves of an identity.
    """
    given = {
        "--certificate-identity": certificate_identity,
        "--certificate-oidc-issuer": certificate_oidc_issuer,
        "--repo": repo,
        "--signer-workflow": signer_workflow,
        "--source-ref": source_ref,
        "--key": key_sha256,
    }
    flags = tuple(flag for flag, value in given.items() if value is not None)
    # An empty value is usually a variable of a script that is not set; it must not widen who may sign.
    empty = [f"{flag} is empty; give it a value, or omit the option" for flag in flags if not given[flag]]
    problems = empty or list(_flag_problems(given))
    issuer, identity = certificate_oidc_issuer, certificate_identity
    repository = f"https://github.com/{repo}" if repo else repository_of(identity or "")
    workflow = _WORKFLOW.fullmatch(signer_workflow or "")
    if workflow is not None and repository is not None:
        issuer, identity = GITHUB_ISSUER, _workflow_identity(workflow, repository, source_ref=source_ref)
    if repository is not None and source_ref is None and repository_of(identity or "") != repository:
        source_ref = f"{_TAG}*"  # a shared workflow is named at a ref of its own, not at its caller's
    if not problems:
        problems = [
            f"{_FLAG_OF_FIELD[each.field]} {each.message}; {each.fix}"
            for each in signer_rule_problems(
                issuer=issuer,
                identity=identity,
                key_sha256=key_sha256,
                source_repository=repository,
                source_ref=source_ref,
                triggers=triggers,
            )
        ]
    if problems:
        raise InputInvalid(
            "the options do not say who may have signed",
            problems=tuple(Problem("command line", 0, 0, problem) for problem in problems),
            hint="give identity and issuer, --repo with --signer-workflow, or --key",
        )
    return ExpectedSigner(
        component="*",
        relationship=UNSTATED,
        place=" ".join(flags),
        root_sha256=root_sha256,
        issuer=issuer,
        identity=identity,
        source_repository=repository,
        source_ref=source_ref,
        triggers=triggers if key_sha256 is None else (),
        key_sha256=key_sha256,
    )


def _flag_problems(given: Mapping[str, str | None]) -> Iterator[str]:
    """Flags that contradict each other, and values that are not an identity, repository or workflow."""
    flags = {flag for flag, value in given.items() if value is not None}
    if "--key" in flags and len(flags) > 1:
        yield "--key can't be combined with " + ", ".join(sorted(flags - {"--key"}))
    if {"--certificate-identity", "--signer-workflow"} <= flags:
        yield "--certificate-identity and --signer-workflow both name the signer; give one of them"
    if "--signer-workflow" in flags and "--repo" not in flags:
        yield "--signer-workflow needs --repo: a reusable workflow has one identity for every caller"
    if "--repo" in flags and flags.isdisjoint({"--signer-workflow", "--certificate-identity", "--key"}):
        yield "--repo needs --signer-workflow: any workflow of a repository may be changed to sign anything"
    if (
        "--signer-workflow" in flags
        and (given["--certificate-oidc-issuer"] or GITHUB_ISSUER) != GITHUB_ISSUER
    ):
        yield f"--signer-workflow is a workflow on GitHub, whose issuer is {GITHUB_ISSUER}"
    if "*" in (given["--certificate-identity"] or ""):
        yield "--certificate-identity is compared literally; use a policy for patterns"
    if (repo := given["--repo"]) and _OWNER_AND_NAME.fullmatch(repo) is None:
        yield f"--repo {repo} is not OWNER/NAME, as in github.com/OWNER/NAME, without .git"
    if (workflow := given["--signer-workflow"]) and _WORKFLOW.fullmatch(workflow) is None:
        yield f"--signer-workflow {workflow} is not [OWNER/NAME/].github/workflows/FILE[@refs/...]"


def _workflow_identity(workflow: re.Match[str], repository: str, *, source_ref: str | None) -> str:
    """The identity that a certificate of `workflow` carries, run for `repository`."""
    own = repository
    if workflow["repository"]:
        own = f"https://github.com/{workflow['repository']}"
    ref = workflow["ref"] or (source_ref if own == repository else None) or f"{_TAG}*"
    return f"{own}/{workflow['path']}@{ref}"
