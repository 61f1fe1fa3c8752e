"""The one signer that command-line options name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from avow.errors import InputInvalid, Problem
from avow.identity.rules import UNSTATED, WRITERS_TRIGGERS, ExpectedSigner, signer_rule_problems
from avow.identity.workflows import GITHUB_ISSUER, TAG, repository_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+"
"""Owner and repository. Accounts that a company manages have an underscore in their name."""

_OWNER_AND_NAME: Final = re.compile(rf"{_NAME}(?<!\.git)")
_WORKFLOW: Final = re.compile(
    rf"(?:(?:github\.com/)?(?P<repository>{_NAME})/)?"
    r"(?P<path>\.github/workflows/[^@/*\s]+)"
    r"(?:@(?P<ref>refs/(?:tags|heads)/[^\s]+|[0-9a-f]{40}|[0-9a-f]{64}))?"
)

_FLAG_OF_FIELD: Final = {
    "issuer": "--certificate-oidc-issuer",
    "identity": "--certificate-identity",
    "sourceRepository": "--repo",
    "ref": "--source-ref",
    "triggers": "the trigger allow-list",
}


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

    `repo` is OWNER/NAME on GitHub, or its address. `signer_workflow` is `.github/workflows/FILE` there, or
    `OWNER/NAME/.github/workflows/FILE`, each with or without `@REF`. Without a ref it has to run from
    `source_ref` if that is given and the workflow is the repository's own, else from a tag without a slash.
    A certificate identity that names a workflow stands for its own repository unless `repo` names another.
    Whoever calls a workflow of another repository has to run for `source_ref`, or for a tag without a slash.

    Raises:
        InputInvalid: flags that contradict each other or don't name both halves of an identity.
    """
    if repo is not None:
        repo = repo.removeprefix("https://").removeprefix("github.com/")
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
    own = repository_of(identity or "")
    host = "/".join(own.split("/")[:3]) if own else "https://github.com"
    repository = f"{host}/{repo}" if repo else own
    if identity and "://" not in identity:
        triggers = ()  # a person has no run
    workflow = _WORKFLOW.fullmatch(signer_workflow or "")
    if workflow is not None and repository is not None:
        issuer = certificate_oidc_issuer or GITHUB_ISSUER
        identity = _workflow_identity(workflow, repository, source_ref=source_ref)
    if repository is not None and source_ref is None and repository_of(identity or "") != repository:
        source_ref = f"{TAG}*"  # a shared workflow is named at a ref of its own, not at its caller's
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
            hint="" if flags else "give identity and issuer, --repo with --signer-workflow, or --key",
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
    issuer = given["--certificate-oidc-issuer"] or GITHUB_ISSUER
    if "--signer-workflow" in flags and not f"{issuer}/".startswith(f"{GITHUB_ISSUER}/"):
        yield f"--signer-workflow is a workflow on GitHub, whose issuer is {GITHUB_ISSUER}, or one below it"
    yield from (
        f"{flag} is compared literally; use a policy for patterns"
        for flag in ("--certificate-identity", "--signer-workflow", "--source-ref")
        if "*" in (given[flag] or "")
    )
    if (repo := given["--repo"]) and _OWNER_AND_NAME.fullmatch(repo) is None:
        yield (
            f"--repo {repo} is not OWNER/NAME, without .git; for a forge other than github.com use a policy"
        )
    if (workflow := given["--signer-workflow"]) and _WORKFLOW.fullmatch(workflow) is None:
        yield (
            f"--signer-workflow {workflow} is not [OWNER/NAME/].github/workflows/FILE[@refs/...]; "
            "for release.yml of the repository write .github/workflows/release.yml"
        )


def _workflow_identity(workflow: re.Match[str], repository: str, *, source_ref: str | None) -> str:
    """The identity that a certificate of `workflow` carries, run for `repository`."""
    own = repository
    if workflow["repository"]:
        own = f"https://github.com/{workflow['repository']}"
    ref = workflow["ref"] or (source_ref if own == repository else None) or f"{TAG}*"
    return f"{own}/{workflow['path']}@{ref}"
