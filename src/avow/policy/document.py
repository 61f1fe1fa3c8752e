"""policy.yaml: who may speak for which component, and what is required. All errors are reported.

Strict, because a typo must not let anybody through: unknown keys, rules that can never match and requirements
that nobody can meet are errors. Files that a policy names are loaded by its caller.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from avow.catalogue.practices import SHORTEST_DECLARED_AGE_DAYS, Catalogue, load_catalogue
from avow.catalogue.profiles import (
    DEFAULT_MAX_AGE_DAYS,
    DEFAULT_MAX_VALIDITY_DAYS,
    Profile,
    Requirement,
    load_profile,
    profile_names,
)
from avow.errors import InputInvalid, Problem, Problems
from avow.formats.json_nodes import json_root
from avow.formats.nodes import Kind, Node, shown, unusable
from avow.formats.purl import ByComponent, Purl
from avow.formats.yaml_nodes import reading
from avow.identity import ExpectedSigner, SignerIdentity, SignerKey, signer_rule_problems
from avow.policy.decisions import (
    AcceptedGap,
    Decided,
    DecisionReader,
    Measure,
    OwnLook,
    read_component,
    read_practice,
    read_sha256,
)
from avow.policy.signers import KeyFile, SignerFile, SignerIndex, SignerRule
from avow.policy.voices import OWN_RELATIONSHIPS
from avow.statement.types import CONFIRMING_TYPES, PROVENANCE
from avow.values import Frozen
from avow.vocabulary import Strength

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from avow.policy.decisions import Decisions

_T = TypeVar("_T")
_D = TypeVar("_D")

POLICY_VERSION: Final = 1

PLANNED_KEYS: Final = ("lock", "roles", "measures", "assumptions")
"""Keys that the policy format has and this version can't evaluate; ignoring them would change the answer."""

ASKABLE: Final = (Strength.E0, Strength.E2, Strength.E3, Strength.E4)
"""E1, a link that once resolved, can't be verified offline."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DAYS = re.compile(r"([1-9][0-9]{0,4}) days?")

MAX_SIGNER_FILE_BYTES: Final = 16 * 1024 * 1024
"""Enough for about 30,000 signer rules."""

_POLICY_KEYS: Final = (
    "avow-policy", "name", "profile", "supportUntil", "trust", "signers", "signerFiles", "evidenceSigners",
    "require", "acceptedGaps",
)  # fmt: skip
_SIGNER_FILE_VERSION: Final = 1
_SIGNER_FILE_KEYS: Final = ("path", "sha256")
_ROW_KEYS: Final = ("relationship", "root", "validFrom", "validUntil", "revokedAt")
_KEY_KEYS: Final = ("keyFile", "sha256")
_EVIDENCE_KEYS: Final = ("predicateTypes", "builders")
_SPEAKER_KEYS: Final = ("for", "mayContradict")
_IDENTITY_KEYS: Final = (
    "issuer", "identity", "sourceRepository", "repositoryId", "ownerId", "ref", "triggers", "allowSelfHosted",
)  # fmt: skip
_REQUIRE_KEYS: Final = ("practice", "evidence", "within", "by", "bound", "relationships")


class TrustedRootEntry(Frozen):
    """A trusted root as the policy names it: the path of its file, and the digest that the file must have."""

    name: str
    path: str
    sha256: str


class Policy(Frozen):
    """What one run requires; `parse_policy` and `policy_of_profile` never build an empty one."""

    name: str
    source: str
    profile: str | None
    support_until: date | None
    trust: tuple[TrustedRootEntry, ...]
    signers: tuple[SignerRule, ...]
    """Those of the policy itself, and then those of `signer_files`."""
    evidence_signers: tuple[SignerRule, ...]
    required: tuple[Requirement, ...]
    """The requirements of the profile and of the policy itself, one per practice."""
    recommended: tuple[str, ...]
    integrator_letters: tuple[str, ...]
    max_age_days: int
    max_validity_days: int
    accepted_gaps: tuple[AcceptedGap, ...]
    signer_files: tuple[SignerFile, ...] = ()
    measures: tuple[Measure, ...] = ()
    looks: tuple[OwnLook, ...] = ()
    """What the consumer's own organisation saw, from `--observations`."""

    @cached_property
    def max_age(self) -> timedelta:
        """How long after signing a statement counts."""
        return timedelta(days=self.max_age_days)

    @cached_property
    def max_validity(self) -> timedelta:
        """How much of a statement's own validity counts, from signing."""
        return timedelta(days=self.max_validity_days)

    @cached_property
    def questions(self) -> tuple[tuple[bool, Requirement], ...]:
        """What is judged: each requirement, and each recommendation as a requirement that fails nothing."""
        recommended = (
            Requirement(practice=practice, declared_within_days=self.max_age_days)
            for practice in self.recommended
        )
        return (*((True, each) for each in self.required), *((False, each) for each in recommended))

    @cached_property
    def decided(self) -> ByComponent[Decided]:
        """The accepted gaps, and then the measures."""
        decided: tuple[Decided, ...] = (*self.accepted_gaps, *self.measures)
        return ByComponent((each.component, each) for each in decided)

    def with_decisions(self, decisions: Decisions) -> Policy:
        """This policy, with what the consumer's own organisation saw and decided elsewhere."""
        return Policy(
            **{
                **dict(self),
                "accepted_gaps": (*self.accepted_gaps, *decisions.accepted_gaps),
                "measures": (*self.measures, *decisions.measures),
                "looks": (*self.looks, *decisions.looks),
            }
        )

    @property
    def key_files(self) -> tuple[KeyFile, ...]:
        """The public keys whose files have to be loaded and compared with their digests."""
        return tuple(
            KeyFile(path=rule.key_file, sha256=rule.key_file_sha256, root_sha256=rule.root_sha256)
            for rule in (*self.signers, *self.evidence_signers)
            if rule.key_file is not None and rule.key_file_sha256 is not None
        )

    def signers_for(
        self, component: Purl, *, keys: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[ExpectedSigner, ...]:
        """Who may speak for `component`: the rules with the most specific `for`. Empty: nobody may.

        `keys` has, for the SHA-256 of each of `key_files`, that of its DER SubjectPublicKeyInfo.
        """
        return tuple(rule.expected(keys) for rule in self.rules_for(component))

    def rules_for(self, component: Purl) -> tuple[SignerRule, ...]:
        """The rules with the most specific `for` about `component`, in their order in the file."""
        return self._index.rules_for(component)

    def revocations_of(
        self, signer: SignerIdentity | SignerKey, *, keys: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[ExpectedSigner, ...]:
        """The rules with `revokedAt` that may be about `signer`, for whichever component.

        An identity or key that was no longer theirs alone was not so for any of their components. `keys` as
        for `signers_for`.
        """
        return tuple(rule.expected(keys) for rule in self._index.revocations_of(signer, keys=keys))

    @cached_property
    def _index(self) -> SignerIndex:
        return SignerIndex(self.signers, evidence=self.evidence_signers)


def policy_of_profile(name: str, *, support_until: date | None = None) -> Policy:
    """A policy with the requirements of a shipped profile; signers are configured elsewhere.

    Raises:
        InputInvalid: there is no such profile, or it compares with a support period that is not given.
    """
    profile = load_profile(name)
    if support_until is None and _needs_support_until(_joined(profile.required)):
        raise InputInvalid(
            f"profile {name} compares support periods with your product's, which is not given",
            hint="write a policy with supportUntil, or use profile orc-light",
        )
    return Policy(
        name=f"profile {name}",
        source=f"profile {name}",
        profile=name,
        support_until=support_until,
        trust=(),
        signers=(),
        evidence_signers=(),
        required=profile.required,
        recommended=profile.recommended,
        integrator_letters=profile.integrator_letters,
        max_age_days=profile.max_age_days,
        max_validity_days=profile.max_validity_days,
        accepted_gaps=(),
    )


def no_files(path: str) -> bytes:
    """For policies that can't name files: there are none.

    Raises:
        InputInvalid: always.
    """
    raise InputInvalid(f"{path} can't be read: this policy was not read from a file")


def parse_policy(
    data: bytes,
    *,
    source: str,
    today: date,
    catalogue: Catalogue | None = None,
    signer_file: Callable[[str], bytes] = no_files,
) -> Policy:
    """The policy in `data`; `source` names the file in problems and rules.

    `signer_file` returns the content of a file that `signerFiles` names, or raises InputInvalid. An accepted
    gap that has ended is kept: `conclude` ignores it and says so.

    Raises:
        InputInvalid: with every problem.
    """
    reader = _PolicyReader(
        source, today=today, catalogue=catalogue or load_catalogue(), signer_file=signer_file
    )
    with reading(
        data,
        source=source,
        message=f"{source} can't be used as a policy",
        when_too_large="put long lists of signers into JSON files, and name these under signerFiles",
    ) as root:
        policy = reader.policy(root)
        root.problems.found.extend(reader.problems_in_files)
    return policy


_OTHER_FILES: Final = {
    "tlogs": "a trusted root",
    "certificateAuthorities": "a trusted root",
    "trustedRoot": "a client trust configuration",
    "verificationMaterial": "a bundle",
    "avow-signers": "a file of signer rules, which a policy names under signerFiles",
    "avow": "a declaration",
    "avow-observations": "a file of observations, which --observations names",
}
"""Keys of other files that people name by mistake."""


def _predicate_types(node: Node) -> tuple[str, ...]:
    """By which types of statements an evidence signer may confirm a practice."""
    types = tuple(item.word(CONFIRMING_TYPES, what="predicate type") for item in node.items())
    if not types:
        node.problem(
            "no predicate type is listed, so nothing would count", fix=f"list for example {PROVENANCE}"
        )
    return types


def _not_a_policy(root: Node) -> str | None:
    keys = {key.scalar for key, _ in root.members()} if root.kind is Kind.MAPPING else set()
    return next((what for key, what in _OTHER_FILES.items() if key in keys), None)


class _PolicyReader:
    """Reads one document; problems go to the nodes, and neutral values never get out of `reading`."""

    def __init__(
        self, source: str, *, today: date, catalogue: Catalogue, signer_file: Callable[[str], bytes]
    ) -> None:
        self._source = source
        self._today = today
        self._catalogue = catalogue
        self._read = signer_file
        self._in_files: list[Problems] = []
        """The problems of each signer file, which are reported with those of the policy."""
        self._folders: dict[str, str] = {}
        """For each signer file, as messages name it, its folder as the policy names it."""
        self._roots: dict[str, TrustedRootEntry] = {}

    @property
    def problems_in_files(self) -> tuple[Problem, ...]:
        """The problems of the signer files that the policy names."""
        return tuple(problem for each in self._in_files for problem in each.found)

    def policy(self, root: Node) -> Policy:
        if (what := _not_a_policy(root)) is not None:
            root.problem(
                f"this is {what}, not a policy", fix="name the policy; docs/policy.md has an example"
            )
            root = unusable(root.problems, line=root.line, column=root.column)
        found = root.mapping(allowed=_POLICY_KEYS, reserved=PLANNED_KEYS, required=("avow-policy",))
        found["avow-policy"].check_version(POLICY_VERSION, fix=f"avow-policy: {POLICY_VERSION}")
        if "trust" in found:
            self._roots = self._trust(found["trust"])
        signers, files = self._signers(root, found)
        evidence_signers = self._signer_rules(_items(found.get("evidenceSigners")), evidence=True)
        named = found["profile"].word(profile_names(), what="profile") if "profile" in found else ""
        profile = load_profile(named) if named else None
        own = self._required(
            found.get("require"), profile=profile, signers=signers, evidence_signers=evidence_signers
        )
        required = _joined((*(profile.required if profile else ()), *own))
        if not required and "profile" not in found and root.kind is Kind.MAPPING:
            root.problem("the policy requires nothing", fix="name a profile, or practices under require")
        support_until = found["supportUntil"].date() if "supportUntil" in found else None
        if support_until is None and _needs_support_until(required):
            root.problem(
                "supportUntil is missing: the profile compares support periods with your product's",
                fix='add supportUntil: "YYYY-MM-DD"',
            )
        recommended = tuple(each for each in (profile.recommended if profile else ()) if each not in required)
        return Policy(
            name=found["name"].text() if "name" in found else self._source,
            source=self._source,
            profile=profile.id if profile else None,
            support_until=support_until,
            trust=tuple(self._roots.values()),
            signers=signers,
            evidence_signers=evidence_signers,
            required=tuple(required.values()),
            recommended=recommended,
            integrator_letters=profile.integrator_letters if profile else (),
            max_age_days=profile.max_age_days if profile else DEFAULT_MAX_AGE_DAYS,
            max_validity_days=profile.max_validity_days if profile else DEFAULT_MAX_VALIDITY_DAYS,
            accepted_gaps=DecisionReader(
                self._source,
                today=self._today,
                catalogue=self._catalogue,
                judged=(*required, *recommended),
            ).accepted_gaps(found.get("acceptedGaps")),
            signer_files=files,
        )

    def _signers(
        self, root: Node, found: Mapping[str, Node]
    ) -> tuple[tuple[SignerRule, ...], tuple[SignerFile, ...]]:
        """The signer rules in the policy and in the files that it names."""
        nodes = list(_items(found.get("signers")))
        named = _items(found.get("signerFiles"))
        files: list[SignerFile] = []
        for item in named:
            read = self._signer_file(item)
            if read is None:
                continue
            file, theirs = read
            if file.path in {each.path for each in files}:
                item.problem("this entry occurs twice", fix="remove one of the two")
            files.append(file)
            nodes += theirs
        rules = self._signer_rules(nodes, evidence=False)
        if not nodes and "signers" not in found and len(files) == len(named) and root.kind is Kind.MAPPING:
            found.get("signers", root).problem(
                "there is no signer rule",
                fix="add one under signers: who may speak for which component; `signers: []` says nobody",
            )
        return rules, tuple(files)

    def _signer_file(self, node: Node) -> tuple[SignerFile, tuple[Node, ...]] | None:
        """The file that `node` names, and its rules, not read yet; None if there is no such file."""
        named = node.mapping(allowed=_SIGNER_FILE_KEYS, required=("path",))
        path, pinned = named["path"].text(), _or(named.get("sha256"), read_sha256, "")
        if not path:
            return None
        try:
            content = self._read(path)
        except InputInvalid as error:
            named["path"].problem(error.message, fix="correct the path, or remove the entry")
            return None
        digest = hashlib.sha256(content).hexdigest()
        if pinned and digest != pinned:
            named["sha256"].problem(
                f"{shown(path)} has sha256:{digest}",
                fix="restore the file, or review it and pin its new digest",
            )
        rules = self._rules_in(content, path=path)
        return SignerFile(path=path, sha256=digest, rules=len(rules)), rules

    def _rules_in(self, content: bytes, *, path: str) -> tuple[Node, ...]:
        problems = Problems(posixpath.join(posixpath.dirname(self._source), path))
        self._folders[problems.source] = posixpath.dirname(path)
        self._in_files.append(problems)
        root = json_root(content, problems, max_bytes=MAX_SIGNER_FILE_BYTES)
        members = root.mapping(allowed=("avow-signers", "signers"), required=("avow-signers", "signers"))
        members["avow-signers"].check_version(
            _SIGNER_FILE_VERSION, fix=f'"avow-signers": {_SIGNER_FILE_VERSION}'
        )
        return members["signers"].items()

    def _trust(self, node: Node) -> dict[str, TrustedRootEntry]:
        entries = {}
        for key, value in node.members():
            if _NAME.fullmatch(key.scalar) is None:
                key.problem(f"{shown(key.scalar)} is not a name", fix="use only letters, digits and ._-")
            found = value.mapping(allowed=("root", "sha256"), required=("root", "sha256"))
            entries[key.scalar] = TrustedRootEntry(
                name=key.scalar, path=found["root"].text(), sha256=read_sha256(found["sha256"])
            )
        return entries

    def _signer_rules(self, items: Iterable[Node], *, evidence: bool) -> tuple[SignerRule, ...]:
        rules: list[SignerRule] = []
        seen: set[SignerRule] = set()
        for item in items:
            if item.problems.is_full:
                break
            rule = self._signer_rule(item, evidence=evidence)
            anywhere = rule.model_copy(update={"place": ""})
            if anywhere in seen:
                item.problem("this entry occurs twice", fix="remove one of the two")
            seen.add(anywhere)
            rules.append(rule)
        return tuple(rules)

    def _signer_rule(self, node: Node, *, evidence: bool) -> SignerRule:
        is_key = any(key.scalar == "keyFile" for key in node.keys)
        about, for_whom = (_EVIDENCE_KEYS, ("predicateTypes",)) if evidence else (_SPEAKER_KEYS, ("for",))
        needed = ("keyFile", "sha256") if is_key else ("root",)
        found = node.mapping(
            allowed=(*about, *_ROW_KEYS, *(_KEY_KEYS if is_key else _IDENTITY_KEYS)),
            required=(*for_whom, "relationship", *needed),
        )
        component, whole_namespace = (None, False) if evidence else read_component(found["for"])
        rule = SignerRule(
            component=component,
            whole_namespace=whole_namespace,
            relationship=_or(
                found.get("relationship"),
                lambda each: each.word(
                    tuple(self._catalogue.vocabularies["relationship"]), what="relationship"
                ),
                "",
            ),
            place=f"{node.problems.source}:{node.line}",
            root_sha256=self._root(node, found.get("root")),
            issuer=_text(found.get("issuer")),
            identity=_text(found.get("identity")),
            source_repository=_text(found.get("sourceRepository")),
            repository_id=_text(found.get("repositoryId")),
            owner_id=_text(found.get("ownerId")),
            source_ref=_text(found.get("ref")),
            triggers=_or(found.get("triggers"), lambda each: tuple(item.text() for item in each.items()), ()),
            allow_self_hosted=_or(found.get("allowSelfHosted"), Node.boolean, default=False),
            predicate_types=_predicate_types(found["predicateTypes"]) if evidence else (),
            builders=_or(found.get("builders"), lambda each: tuple(item.text() for item in each.items()), ()),
            key_file=self._beside(node, _text(found.get("keyFile"))),
            key_file_sha256=read_sha256(found["sha256"]) if is_key else None,
            valid_from=_or(found.get("validFrom"), _start_of_day, None),
            valid_until=_or(found.get("validUntil"), _start_of_day, None),
            revoked_at=_or(found.get("revokedAt"), _start_of_day, None),
            may_contradict=_or(found.get("mayContradict"), Node.boolean, default=False),
        )
        if rule.builders and PROVENANCE not in rule.predicate_types:
            found["builders"].problem(
                "builders are named by provenance, which predicateTypes does not list",
                fix=f"add {PROVENANCE} to predicateTypes, or remove builders",
            )
        if rule.may_contradict and rule.relationship in OWN_RELATIONSHIPS:
            found["mayContradict"].problem(
                f"mayContradict is for others than the project; a {rule.relationship}'s no always counts",
                fix="remove mayContradict",
            )
        if not is_key:
            for problem in signer_rule_problems(
                issuer=rule.issuer,
                identity=rule.identity,
                key_sha256=None,
                source_repository=rule.source_repository,
                source_ref=rule.source_ref,
                triggers=rule.triggers,
                repository_id=rule.repository_id,
                owner_id=rule.owner_id,
                allow_self_hosted=rule.allow_self_hosted,
            ):
                # The place of the value, or of the rule without it; a value of another kind has its problem.
                place = found.get(problem.field, node)
                if place is node or place.kind in {Kind.TEXT, Kind.SEQUENCE, Kind.BOOLEAN}:
                    place.problem(f"{problem.field} {problem.message}", fix=problem.fix)
        if rule.valid_from and rule.valid_until and rule.valid_from >= rule.valid_until:
            node.problem(
                "validUntil is not after validFrom, so this rule never matches",
                fix="correct validFrom or validUntil",
            )
        return rule

    def _beside(self, rule: Node, path: str | None) -> str | None:
        """A path in a signer file, which is relative to that file, as one relative to the policy."""
        return path and posixpath.join(self._folders.get(rule.problems.source, ""), path)

    def _root(self, rule: Node, node: Node | None) -> str:
        """The digest of the root that a rule names; a rule for a key may omit the only one."""
        if node is None:
            only = next(iter(self._roots.values())).sha256 if len(self._roots) == 1 else ""
            if not only:
                rule.problem(
                    "root is missing: it says whose log or timestamps prove when the key signed",
                    fix="add root, with a name from trust",
                )
            return only
        entry = self._roots.get(node.text())
        if entry is None:
            node.problem(
                f"trust has no root {node.described}",
                fix=f"use one of: {', '.join(self._roots)}" if self._roots else "add the root under trust",
            )
        return entry.sha256 if entry else ""

    def _required(
        self,
        node: Node | None,
        *,
        profile: Profile | None,
        signers: tuple[SignerRule, ...],
        evidence_signers: tuple[SignerRule, ...],
    ) -> tuple[Requirement, ...]:
        max_age_days = profile.max_age_days if profile else DEFAULT_MAX_AGE_DAYS
        relationships = {each.relationship for each in signers}
        requirements: list[Requirement] = []
        for item in _items(node):
            requirement = self._requirement(item, max_age_days=max_age_days)
            if requirement in requirements:
                item.problem("this entry occurs twice", fix="remove one of the two")
            if requirement.evidence is Strength.E4 and not evidence_signers:
                item.problem(
                    "evidence E4 is required, but no evidence signer is listed",
                    fix="add one under evidenceSigners",
                )
            if requirement.relationships is not None and relationships.isdisjoint(requirement.relationships):
                item.problem(
                    "no signer rule has one of these relationships",
                    fix="add such a signer rule, or remove relationships",
                )
            requirements.append(requirement)
        for practice, joined in _joined((*(profile.required if profile else ()), *requirements)).items():
            if joined.relationships == () and node is not None:
                node.problem(
                    f"the profile and this policy accept no common relationship for {practice}",
                    fix="change relationships so that they have one in common",
                )
        return tuple(requirements)

    def _requirement(self, node: Node, *, max_age_days: int) -> Requirement:
        found = node.mapping(allowed=_REQUIRE_KEYS, required=("practice",))
        days = _or(found.get("within"), _days, None)
        by = _or(found.get("by"), lambda each: each.word(("declarant", "observer"), what="by"), None)
        bound = "bound" in found and bool(found["bound"].word(("release",), what="bound"))
        if ("within" in found) != ("by" in found):
            node.problem(
                "`within` and `by` are only valid together",
                fix="add within: N days and by: declarant or observer",
            )
        if bound and by is not None:
            node.problem("`bound` and `within` exclude each other", fix="remove one of them")
        if by == "declarant" and days is not None and days < SHORTEST_DECLARED_AGE_DAYS:
            found["within"].problem(
                f"`within` makes the declarant sign more often than every {SHORTEST_DECLARED_AGE_DAYS} days",
                fix="write a longer period, or by: observer and make the observation yourself",
            )
        accepted = found.get("relationships")
        if accepted is not None and accepted.kind is Kind.SEQUENCE and not accepted.values:
            accepted.problem("relationships is empty", fix="add a relationship, or remove the key")
        evidence = Strength.E0
        if "evidence" in found and found["evidence"].scalar == Strength.E1:
            found["evidence"].problem(
                "E1 can't be verified offline, so this would never be met", fix="write E0 or E2"
            )
        elif "evidence" in found:
            evidence = Strength(found["evidence"].word(ASKABLE, what="strength of evidence") or Strength.E0)
        declared = days if by == "declarant" else None
        vocabulary = tuple(self._catalogue.vocabularies["relationship"])
        return Requirement(
            practice=read_practice(found["practice"], catalogue=self._catalogue),
            evidence=evidence,
            declared_within_days=declared if by is not None or bound else max_age_days,
            observed_within_days=days if by == "observer" else None,
            bound_to_release=bound,
            relationships=_or(
                found.get("relationships"),
                lambda each: (
                    tuple(item.word(vocabulary, what="relationship") for item in each.items()) or None
                ),
                None,
            ),
        )


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items() if node else ()


def _joined(requirements: tuple[Requirement, ...]) -> dict[str, Requirement]:
    joined: dict[str, Requirement] = {}
    for each in requirements:
        known = joined.get(each.practice)
        joined[each.practice] = known.joined(each) if known else each
    return joined


def _needs_support_until(required: Mapping[str, Requirement]) -> bool:
    return any(condition.needs_product_support for each in required.values() for condition in each.conditions)


def _or(node: Node | None, read: Callable[[Node], _T], default: _D) -> _T | _D:
    return default if node is None else read(node)


def _text(node: Node | None) -> str | None:
    return None if node is None else node.text()


def _days(node: Node) -> int:
    text = node.text()
    match = _DAYS.fullmatch(text)
    if match is None:
        node.problem(f"{node.described} is not a number of days", fix="write it like: 90 days")
        return SHORTEST_DECLARED_AGE_DAYS
    return int(match[1])


def _start_of_day(node: Node) -> datetime:
    return datetime.combine(node.date(), time.min, tzinfo=UTC)
