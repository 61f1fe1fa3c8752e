"""A signer against those who may speak, and the well-known causes of a mismatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avow.errors import IdentityMismatch, Nearest
from avow.identity.rules import UNSTATED, WRITERS_TRIGGERS, Difference, ExpectedSigner
from avow.identity.signer import SignerIdentity, SignerKey
from avow.identity.workflows import GITHUB_ISSUER, TAG, is_fixed, refs_of, repository_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

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

_WHO: Final = frozenset(
    {"issuer", "identity", "identity type", "sourceRepository", "repositoryId", "ownerId", "key"}
)
"""The fields that say who signed; the others say when, against which root, and how the run was made."""

_OPTIONS: Final = {
    "issuer": "--certificate-oidc-issuer",
    "identity": "--certificate-identity",
    "sourceRepository": "--repo",
}

_NEXT_WITHOUT_POLICY: Final = {
    "sourceRepository": "it ran for another repository; if that one may speak for this project, name it with "
    "--repo; if it is not on github.com, use a policy",
    "runner": "the certificate shows no hosted runner; if you trust that machine, allow it in a policy",
    "triggers": "if only maintainers can cause this trigger, allow it in a policy",
}
"""The same where options named the signer: a signer rule can allow more than they can."""


def match(
    presented: SignerIdentity | SignerKey,
    expected: tuple[ExpectedSigner, ...],
    *,
    root_sha256: str,
    signed_at: datetime,
    component: str,
    declared_at: datetime | None = None,
    revocations: tuple[ExpectedSigner, ...] = (),
) -> ExpectedSigner:
    """The first rule that `presented` matches in every field.

    Raises:
        IdentityMismatch: as `admitting`.
    """
    return admitting(
        presented,
        expected,
        root_sha256=root_sha256,
        signed_at=signed_at,
        component=component,
        declared_at=declared_at,
        revocations=revocations,
    )[0]


def admitting(
    presented: SignerIdentity | SignerKey,
    expected: tuple[ExpectedSigner, ...],
    *,
    root_sha256: str,
    signed_at: datetime,
    component: str,
    declared_at: datetime | None = None,
    revocations: tuple[ExpectedSigner, ...] = (),
    also_ended: bool = False,
) -> tuple[ExpectedSigner, ...]:
    """All rules that `presented` matches in every field, at least one.

    `declared_at` is when the statement says that it was made; `ExpectedSigner.differences` says what for.
    A signer that one rule revokes is not admitted by another, unless that one starts after the revocation;
    `revocations` are the rules that may revoke this one, for whichever component. With `also_ended`, a rule
    counts although its `validUntil` has passed; `revokedAt` is never ignored.

    Raises:
        IdentityMismatch: it matches none, is revoked, or there is none; carries the nearest rule.
    """

    def compared(rules: tuple[ExpectedSigner, ...]) -> list[tuple[ExpectedSigner, tuple[Difference, ...]]]:
        return [
            (
                rule,
                tuple(
                    each
                    for each in rule.differences(
                        presented, root_sha256=root_sha256, signed_at=signed_at, declared_at=declared_at
                    )
                    if not (also_ended and each.field == "validUntil")
                ),
            )
            for rule in rules
        ]

    candidates = compared(expected)
    revoked = [each for each in (*candidates, *compared(revocations)) if _is_revocation(each[1])]
    admitted = tuple(
        rule
        for rule, differences in candidates
        if not differences and all(_readmits(rule, revocation) for revocation, _ in revoked)
    )
    if admitted:
        return admitted
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
    raise IdentityMismatch(
        f"signed by {presented}, not an allowed signer for {component}: {_do_not_match(fields)}",
        nearest=Nearest(
            differs_in=fields,
            expected="; ".join(f"{each.field}: {each.expected}" for each in differences),
            found="; ".join(f"{each.field}: {each.found}" for each in differences),
            rule=rule.place,
            next=next(_next_steps(rule, presented, differences)),
        ),
    )


def _is_revocation(differences: tuple[Difference, ...]) -> bool:
    """The signer is the one that the rule revokes, by whichever root it was verified."""
    fields = {difference.field for difference in differences}
    return "revokedAt" in fields and fields.isdisjoint(_WHO)


def _readmits(rule: ExpectedSigner, revocation: ExpectedSigner) -> bool:
    """`rule` says that it is about a time after the revocation; a rule that says no time revives nobody."""
    if rule.valid_from is None or revocation.revoked_at is None:
        return False
    return rule.valid_from >= revocation.revoked_at


def _do_not_match(fields: tuple[str, ...]) -> str:
    """`issuer does not match`, or `issuer and ref do not match`."""
    *others, last = fields
    return f"{', '.join(others)} and {last} do not match" if others else f"{last} does not match"


# ---- what to do about it ---------------------------------------------------------------------------------


def _next_steps(
    rule: ExpectedSigner, presented: SignerIdentity | SignerKey, differences: tuple[Difference, ...]
) -> Iterator[str]:
    """The best step first: that of a well-known cause, else that of the field that differs."""
    by_options = rule.relationship == UNSTATED
    fields = {each.field for each in differences}
    if isinstance(presented, SignerIdentity) and not fields & {"root", "key", "revokedAt"}:
        yield from _spelling(differences, by_options=by_options)
        if "repositoryId" not in fields and "sourceRepository" in fields and rule.repository_id is not None:
            yield (
                "the repository has the same id, so it was renamed or moved; "
                f"write sourceRepository: {presented.source_repository} and its identity"
            )
        unlisted = "triggers" in fields and not rule.triggers
        if "sourceRepository" not in fields and (fields & {"identity", "ref"} or unlisted):
            yield from _workflow(rule, presented, fields, by_options=by_options)
        if "sourceRepository" in fields:
            yield from _repository(rule, presented, by_options=by_options)
    steps = _NEXT | (_NEXT_WITHOUT_POLICY if by_options else {})
    yield next((step for field, step in steps.items() if field in fields), _NEXT_OTHERWISE)


def _repository(rule: ExpectedSigner, presented: SignerIdentity, *, by_options: bool) -> Iterator[str]:
    """A run for another repository, or for one that the rule or the certificate does not name."""
    found = presented.source_repository
    if found is None:
        yield (
            "its certificate does not say for which repository it ran, so no rule can admit it; "
            "ask the project whether it can sign in another way"
        )
    elif rule.source_repository is None:
        how = "use a policy" if by_options else f"write sourceRepository: {found}"
        yield f"a run has to be for a repository that is named; if this one may speak for it, {how}"
    elif found.rpartition("/")[2].casefold() == rule.source_repository.rpartition("/")[2].casefold():
        yield "another repository of this name signed: a fork, or the project has moved; ask the project"


def _spelling(differences: tuple[Difference, ...], *, by_options: bool) -> Iterator[str]:
    """Two spellings of what people take for one name."""

    def written(each: Difference) -> str:
        found = each.found
        if by_options and each.field == "sourceRepository":
            found = found.removeprefix("https://github.com/")
        return f"{_OPTIONS[each.field]} {found}" if by_options else found

    for each in differences:
        if each.field not in {"issuer", "identity", "sourceRepository"}:
            continue
        if each.expected.rstrip("/") == each.found.rstrip("/"):
            yield f"{each.field} differs only in a slash at the end; write {written(each)}"
        elif "sourceRepository" in {other.field for other in differences} and each.field == "identity":
            continue  # the repository says which of the two differs
        elif each.expected.casefold() == each.found.casefold():
            yield f"{each.field} differs only in upper and lower case; write {written(each)}"
        elif by_options and each.field == "issuer" and each.found.startswith(f"{GITHUB_ISSUER}/"):
            yield f"an enterprise's own issuer of GitHub; if the project belongs to it, add {written(each)}"


def _workflow(
    rule: ExpectedSigner, presented: SignerIdentity, fields: set[str], *, by_options: bool
) -> Iterator[str]:
    """Another workflow, or another ref, of a run for the expected repository."""
    workflow, ref = _split(presented.san)
    wanted, wanted_ref = _split(rule.identity or "")
    called_for = presented.source_ref or ""
    if not ref or presented.source_repository is None:
        return
    shared = repository_of(presented.san) != presented.source_repository
    how = (_options if by_options else _policy_keys)(rule, presented, fields)
    if presented.build_trigger not in {*WRITERS_TRIGGERS, *rule.triggers}:
        yield (
            f"it ran on {presented.build_trigger}, which people outside the project may be able to trigger; "
            "don't treat it as a release"
        )
    elif workflow != wanted and shared:
        yield f"a shared workflow signed, for this repository; if it may, write {how}"
    elif workflow != wanted:
        yield f"another workflow of this repository signed; if the project releases with it, write {how}"
    elif shared and not is_fixed(ref):
        yield f"the shared workflow was called at a branch, which may move; if it may sign, write {how}"
    elif not is_fixed(called_for):
        called = f"it was a run for {called_for}" if called_for != ref else "it was signed on a branch"
        yield f"{called}, not for a tag; if releases are made there, write {how}"
    elif _has_a_slash(wanted_ref, ref) or _has_a_slash(rule.source_ref or "", called_for):
        yield f"* stands for one segment, and the tag has a slash; if it is a release, write {how}"
    else:
        yield f"another ref was expected; if this one is a release, too, write {how}"


def _has_a_slash(wanted: str, found: str) -> bool:
    """`found` is a tag that the pattern `wanted` does not match because of a slash."""
    return wanted.endswith("*") and found.startswith(TAG) and found.count("/") > wanted.count("/")


def _options(rule: ExpectedSigner, presented: SignerIdentity, _fields: set[str]) -> str:
    """All options about the workflow, as they would have to be."""
    workflow, ref = _split(presented.san)
    caller = f" --source-ref {presented.source_ref}"
    own = repository_of(presented.san) == presented.source_repository
    if "--signer-workflow" not in rule.place:
        needed = caller if rule.source_ref or not own or presented.source_ref != ref else ""
        return f"--certificate-identity {presented.san}{needed}"
    if own:
        path = workflow.removeprefix(f"{presented.source_repository}/")
        return f"--signer-workflow {path}{'' if presented.source_ref == ref else f'@{ref}'}{caller}"
    return f"--signer-workflow {workflow.removeprefix('https://github.com/')}@{ref}{caller}"


def _policy_keys(rule: ExpectedSigner, presented: SignerIdentity, fields: set[str]) -> str:
    """The keys of the rule that would have to be different."""
    workflow, ref = _split(presented.san)
    called_for = presented.source_ref or ""
    keys = []
    if "identity" in fields:
        keys.append(f"identity: {workflow}@{_pattern(ref)}")
    own = repository_of(presented.san) == presented.source_repository
    triggers = not rule.triggers and not all(map(is_fixed, (ref, called_for)))
    # Without a ref, the triggers of a shared workflow's rule would admit a run for every branch.
    unnamed = bool(triggers or rule.triggers) if not own else called_for != ref
    if "ref" in fields or (unnamed and rule.source_ref is None):
        keys.append(f"ref: {_pattern(called_for)}")
    if triggers:
        keys.append(f"triggers: [{presented.build_trigger}]")
    return " and ".join(keys)


def _pattern(ref: str) -> str:
    """All tags like this one; a branch or a commit is itself."""
    return f"{ref.rpartition('/')[0]}/*" if ref.startswith(TAG) else ref


def _split(identity: str) -> tuple[str, str]:
    """Workflow and ref of an identity; two empty texts if it is not a workflow's."""
    refs = refs_of(identity)
    return (identity.removesuffix(f"@{refs[-1]}"), refs[-1]) if refs else ("", "")
