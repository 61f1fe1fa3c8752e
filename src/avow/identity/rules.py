"""Who may sign: one rule, what is wrong with it, and every difference to who did sign."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from avow.identity.signer import SignerIdentity, SignerKey
from avow.identity.workflows import (
    GITHUB_ISSUER,
    TAG,
    is_fixed,
    issuer_for,
    literal_length,
    looks_like_a_regular_expression,
    matches,
    refs_of,
    repository_of,
)
from avow.values import Frozen, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTED_RUNNERS: Final = frozenset({"github-hosted", "gitlab-hosted"})
"""Values of extension .11 that say: the forge's machine, made for one job. All others are somebody's own."""

WRITERS_TRIGGERS: Final = ("push", "release", "schedule", "workflow_dispatch", "web")
"""Triggers (.20) that only people with write access cause; assumed where a command line names none.

`pull_request_target`, `issue_comment` and `workflow_run` run on a branch too, at anybody's instigation.
Source: GitHub documentation, "Events that trigger workflows"; GitLab documentation, `CI_PIPELINE_SOURCE`.
"""

UNSTATED: Final = "unstated"
"""The relationship of a signer named on the command line; requirements that name relationships refuse it."""

_REPOSITORY = re.compile(r"https://[^*\s]+(?<!/)(?<!\.git)")


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
    predicate_types: tuple[str, ...] = ()
    """Of an evidence signer: the types of statements by which it may confirm a practice."""
    builders: tuple[str, ...] = ()
    """Of an evidence signer: the builders that its provenance may name, beside the signer itself."""
    may_contradict: bool = False
    """Its no against the project's yes is a conflict, and not only a note."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse a rule that would admit too much, or nobody."""
        problems = signer_rule_problems(
            issuer=self.issuer,
            identity=self.identity,
            key_sha256=self.key_sha256,
            source_repository=self.source_repository,
            source_ref=self.source_ref,
            triggers=self.triggers,
            repository_id=self.repository_id,
            owner_id=self.owner_id,
            allow_self_hosted=self.allow_self_hosted,
        )
        if problems:
            raise ValueError("; ".join(f"{problem.field}: {problem.message}" for problem in problems))

    def differences(
        self,
        presented: SignerIdentity | SignerKey,
        *,
        root_sha256: str,
        signed_at: datetime,
        declared_at: datetime | None = None,
    ) -> tuple[Difference, ...]:
        """Everything in which `presented`, verified against `root_sha256`, is not this signer.

        `declared_at`: when the signed statement says that it was made. A verified time says "not later
        than": anybody can add a fresh timestamp to an old envelope. So `validFrom` counts from the earlier
        of the two, and the ends count from `signed_at`, which is never too early.

        Not checked here: that the certificate and its signing time verified, which the caller has done.
        """
        compared = [
            ("root", self.root_sha256, root_sha256, root_sha256 == self.root_sha256),
            *self._compared_times(signed_at, min(signed_at, declared_at or signed_at)),
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

    def _compared_times(self, signed_at: datetime, made_at: datetime) -> Iterator[_Compared]:
        start, moment = self.valid_from, utc_text(signed_at)
        if start is not None:
            yield "validFrom", f"made from {utc_text(start)}", utc_text(made_at), made_at >= start
        for field, end in (("validUntil", self.valid_until), ("revokedAt", self.revoked_at)):
            if end is not None:
                yield field, f"signed before {utc_text(end)}", moment, signed_at < end

    def _compared_identity(self, presented: SignerIdentity) -> Iterator[_Compared]:
        identity = self.identity or ""
        kind = _san_type(identity)
        yield "issuer", self.issuer, presented.issuer, presented.issuer == self.issuer
        yield "identity", identity, presented.san, matches(identity, presented.san)
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
        yield self._compared_ref(presented)
        if presented.is_ci:
            yield from self._compared_run(presented)

    def _compared_ref(self, presented: SignerIdentity) -> _Compared:
        """The ref that the run was for, which for a workflow that was called is not the one in its identity.

        A rule about a repository's own workflow that names no ref means a run of that workflow, not a call of
        it from another branch.
        """
        found = presented.source_ref
        if self.source_ref is not None:
            return "ref", self.source_ref, found, found is not None and matches(self.source_ref, found)
        own = repository_of(presented.san) == presented.source_repository == self.source_repository
        of_workflow = refs_of(presented.san) if own and matches(self.identity or "", presented.san) else ()
        wanted = f"{of_workflow[-1]}, as in the identity" if of_workflow else None
        return "ref", wanted, found, not of_workflow or found in of_workflow

    def _compared_run(self, presented: SignerIdentity) -> Iterator[_Compared]:
        runner, trigger = presented.runner_environment, presented.build_trigger
        hosted = self.allow_self_hosted or runner in HOSTED_RUNNERS
        yield "runner", " or ".join(sorted(HOSTED_RUNNERS)), runner, hosted
        # Both: a reusable workflow is named at a tag or commit of its own, whatever its caller runs for.
        called = (presented.source_ref or "").startswith(TAG)
        for_a_tag = called and all(map(is_fixed, refs_of(presented.san)))
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
    repository_id: str | None = None,
    owner_id: str | None = None,
    allow_self_hosted: bool = False,
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
    spelling = tuple(_spelling_problems(issuer=issuer, identity=identity, sourceRepository=source_repository))
    if spelling:
        return spelling
    if _san_type(identity) == "email":
        about_runs = {
            "sourceRepository": source_repository,
            "repositoryId": repository_id,
            "ownerId": owner_id,
            "ref": source_ref,
            "triggers": triggers,
            "allowSelfHosted": allow_self_hosted,
        }
        return tuple(
            SignerRuleProblem(
                field, "is about a workflow's run, and an e-mail address has none", f"omit {field}"
            )
            for field, value in about_runs.items()
            if value
        ) or tuple(_pattern_problems(issuer, identity, source_ref=None))
    return (
        *_pattern_problems(issuer, identity, source_ref=source_ref),
        *_workflow_problems(
            identity, source_repository=source_repository, source_ref=source_ref, triggers=triggers
        ),
        *_number_problems(identity, repositoryId=repository_id, ownerId=owner_id),
    )


def _spelling_problems(**fields: str | None) -> Iterator[SignerRuleProblem]:
    """What a page, a mail program or a careless copy adds, and no certificate has."""
    for field, text in fields.items():
        if not text:
            continue
        if text.strip(_QUOTES) != text:
            yield SignerRuleProblem(
                field, "has quotation marks or a blank at an end", "write it without them"
            )
        elif any(not (each.isprintable() or each == " ") for each in text):
            yield SignerRuleProblem(field, "has a character that can't be seen", "type it again, without it")
        elif _PUBLIC_FORGE.match(text) or (field != "identity" and "://" not in text):
            yield SignerRuleProblem(field, "does not begin with https://", "write it as in the certificate")
        elif text.startswith("https://www.github.com/"):
            yield SignerRuleProblem(field, "is on www.github.com", "write github.com, without www.")
    identity = fields["identity"] or ""
    if page := _PAGE.match(identity):
        yield SignerRuleProblem(
            "identity",
            "is the address of a page",
            f"write {page['repository']}/.github/workflows/FILE@{TAG}*, with the workflow's file name",
        )
    elif identity.startswith("mailto:") or (_san_type(identity) == "email" and set(identity) & set(' <>"')):
        yield SignerRuleProblem("identity", "is more than an e-mail address", "write the address alone")


def _number_problems(identity: str, **fields: str | None) -> Iterator[SignerRuleProblem]:
    """GitHub and GitLab number their repositories and owners."""
    for field, text in fields.items():
        if (
            text is not None
            and repository_of(identity) is not None
            and not (text.isascii() and text.isdigit())
        ):
            yield SignerRuleProblem(
                field, "is not a number", "`avow inspect BUNDLE` shows it; a name belongs in sourceRepository"
            )


def _pattern_problems(issuer: str, identity: str, *, source_ref: str | None) -> Iterator[SignerRuleProblem]:
    if "*" in issuer:
        yield SignerRuleProblem("issuer", "has a *: an issuer is compared exactly", "write the whole issuer")
    for field, text in (("identity", identity), ("ref", source_ref or "")):
        if looks_like_a_regular_expression(text):
            yield SignerRuleProblem(
                field,
                "looks like a regular expression; it is compared literally, and only * is special",
                "write out what the certificate says: `avow inspect BUNDLE` shows it",
            )
    if "*" in identity[: literal_length(issuer, identity)]:
        yield _misplaced_star(issuer, identity)
    if source_ref is not None and not source_ref.startswith(("refs/tags/", "refs/heads/")):
        yield SignerRuleProblem(
            "ref", "is neither refs/tags/... nor refs/heads/...", "write the full name of the ref"
        )
    for field, text in (("identity", "".join(refs_of(identity))), ("ref", source_ref or "")):
        if unknown := set(text) & _NOT_IN_REFS:
            yield SignerRuleProblem(
                field,
                f"has {' and '.join(sorted(map(repr, unknown)))} in its ref, which git does not allow there",
                "write the ref itself; only * is special",
            )


def _misplaced_star(issuer: str, identity: str) -> SignerRuleProblem:
    before, at, _ref = identity.partition("@refs/")
    expected = issuer_for(identity)
    if not at or "*" in before:
        return SignerRuleProblem(
            "identity",
            "has a * outside the ref of a workflow",
            "write out everything through the @; only what follows may have a *",
        )
    if expected is None:
        return SignerRuleProblem(
            "identity",
            "has a *, but is not a workflow's identity",
            "on GitLab, // is before the file: https://HOST/GROUP/NAME//.gitlab-ci.yml@refs/tags/*; "
            "for forges other than GitHub and GitLab, write out all of it",
        )
    if literal_length(issuer.rstrip("/"), identity) < len(identity):
        return SignerRuleProblem("issuer", "ends in a slash, unlike the forge's", "remove the slash")
    return SignerRuleProblem(
        "issuer",
        "is not that of the forge in identity, so a * is not safe there",
        f"write {expected}; if the forge has another issuer, write out all of identity",
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
    if triggers and source_ref is None and own is not None and source_repository not in {None, own}:
        yield SignerRuleProblem(
            "ref",
            "is missing: without it, the triggers admit a run of the shared workflow for any branch",
            f"write {TAG}*, or the branch from which the project releases, as in refs/heads/main",
        )
    refs = (*refs_of(identity), *((source_ref,) if source_ref is not None else ()))
    short = next((ref for ref in refs_of(identity) if not (ref.startswith("refs/") or is_fixed(ref))), None)
    if short is not None:
        named = "@" in identity
        yield SignerRuleProblem(
            "identity",
            f"ends in @{short}, which is not the full name of a ref" if named else "has no @ with a ref",
            f"write @{TAG}{short if named else '*'} for a tag, or @refs/heads/NAME for a branch",
        )
    elif not triggers and not all(map(is_fixed, refs)):
        yield SignerRuleProblem(
            "triggers",
            "are missing: on a branch only the trigger separates maintainers from strangers",
            f"allow for example [push, workflow_dispatch], or end the identity in @{TAG}*",
        )


_PAGE: Final = re.compile(r"(?P<repository>https://github\.com/[^/]+/[^/]+)/(?:blob|tree|actions|raw)/")
_PUBLIC_FORGE: Final = re.compile(
    r"(?:http://)?(?:www\.)?(?:[a-z.]*githubusercontent\.com|github\.com|gitlab\.com)(?:/|$)"
)
_QUOTES: Final = " \t\n\"'`\u201c\u201d\u2018\u2019\u201e\u00ab\u00bb"
_NOT_IN_REFS: Final = frozenset(" ~:?")
"""Beside what looks like a regular expression. Source: git-check-ref-format(1)."""


def _san_type(identity: str) -> str:
    if "://" in identity:
        return "uri"
    return "email" if "@" in identity else "otherName"
