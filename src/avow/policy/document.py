"""policy.yaml: who may speak for which component, and what is asked. Every problem at once, with its place.

Strict, because a typo here must not let anybody through: unknown keys, rows that can never match and rows
that ask for what can't be had are problems. Files that a policy names are loaded by its caller.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time
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
from avow.errors import InputInvalid
from avow.formats.purl import DISCRIMINATING_QUALIFIERS, Purl, PurlInvalid, parse_purl, same_component
from avow.formats.vers import VersInvalid, VersRange, parse_vers
from avow.formats.yaml_nodes import Kind, Node, reading, shown
from avow.identity import ExpectedSigner, signer_rule_problems
from avow.subject import is_digest
from avow.values import Frozen
from avow.vocabulary import Strength

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_T = TypeVar("_T")
_D = TypeVar("_D")

POLICY_VERSION: Final = 1

LONGEST_WAIVER_MONTHS: Final = 12

PLANNED_KEYS: Final = ("lock", "roles", "measures", "assumptions")
"""Keys that the policy format has and this version can't evaluate; ignoring them would change the answer."""

ASKABLE: Final = (Strength.E0, Strength.E2, Strength.E3, Strength.E4)
"""E1, a link that once resolved, can't be verified offline."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DAYS = re.compile(r"([1-9][0-9]{0,4}) days?")
_WHOLE_NAMESPACE = re.compile(r"(?P<prefix>pkg:[a-z][a-z0-9.-]*/(?:[^?#@]+/)?)\*")

_POLICY_KEYS: Final = (
    "avow-policy", "name", "profile", "supportUntil", "trust", "signers", "evidenceSigners", "require",
    "waivers",
)  # fmt: skip
_ROW_KEYS: Final = ("relationship", "root", "validFrom", "validUntil", "revokedAt")
_KEY_KEYS: Final = ("keyFile", "sha256")
_IDENTITY_KEYS: Final = (
    "issuer", "identity", "sourceRepository", "repositoryId", "ownerId", "ref", "triggers", "allowSelfHosted",
)  # fmt: skip
_REQUIRE_KEYS: Final = ("practice", "evidence", "within", "by", "bound", "relationships")
_WAIVER_KEYS: Final = ("practice", "for", "versions", "because", "owner", "ticket", "until")


class TrustedRootEntry(Frozen):
    """A trusted root as the policy names it: where its file lies, and what it has to be."""

    name: str
    path: str
    sha256: str


class KeyFile(Frozen):
    """A public key as the policy names it: where its file lies, what it has to be, and whose logs count."""

    path: str
    sha256: str
    """SHA-256 of the file's bytes."""
    root_sha256: str


class SignerRule(Frozen):
    """One row of `signers` or `evidenceSigners`, whose files are not loaded yet."""

    component: Purl | None
    """None for a signer of evidence, who speaks for no component."""
    whole_namespace: bool
    """`for` ends in `/*`: every name of the namespace, which has no row of its own."""
    relationship: str
    rule: str
    root_sha256: str
    issuer: str | None
    identity: str | None
    source_repository: str | None
    repository_id: str | None
    owner_id: str | None
    source_ref: str | None
    triggers: tuple[str, ...]
    allow_self_hosted: bool
    key_file: str | None
    key_file_sha256: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    revoked_at: datetime | None

    def speaks_for(self, component: Purl) -> bool:
        """The row is about `component`, whether or not a more specific one is too."""
        if self.component is None:
            return False
        if not self.whole_namespace:
            return same_component(self.component, component)
        unqualified = all(component.qualifier(key) is None for key in DISCRIMINATING_QUALIFIERS)
        named = (self.component.type, self.component.namespace)
        return unqualified and named == (component.type, component.namespace)

    def expected(self, keys: Mapping[str, str]) -> ExpectedSigner:
        """The signer to compare with; `keys` maps the SHA-256 of a key's file to that of its SPKI."""
        return ExpectedSigner(
            component="*" if self.component is None else self.component.text,
            relationship=self.relationship,
            rule=self.rule,
            root_sha256=self.root_sha256,
            issuer=self.issuer,
            identity=self.identity,
            source_repository=self.source_repository,
            repository_id=self.repository_id,
            owner_id=self.owner_id,
            source_ref=self.source_ref,
            triggers=self.triggers,
            allow_self_hosted=self.allow_self_hosted,
            key_sha256=None if self.key_file_sha256 is None else keys[self.key_file_sha256],
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            revoked_at=self.revoked_at,
        )


class Waiver(Frozen):
    """A gap that a named owner accepts for a time; never for a signature, identity, subject or conflict."""

    practice: str
    component: Purl
    versions: VersRange
    because: str
    owner: str
    ticket: str
    until: date
    """The last day on which it counts."""
    rule: str


class Policy(Frozen):
    """What one run asks; `parse_policy` and `policy_of_profile` build none that asks nothing."""

    name: str
    source: str
    profile: str | None
    support_until: date | None
    trust: tuple[TrustedRootEntry, ...]
    signers: tuple[SignerRule, ...]
    evidence_signers: tuple[SignerRule, ...]
    required: tuple[Requirement, ...]
    """The profile's requirements and the policy's own rows, one per practice."""
    recommended: tuple[str, ...]
    integrator_letters: tuple[str, ...]
    max_age_days: int
    max_validity_days: int
    waivers: tuple[Waiver, ...]

    @cached_property
    def questions(self) -> tuple[tuple[bool, Requirement], ...]:
        """What is judged: each requirement, and each recommendation as a requirement that fails nothing."""
        recommended = (
            Requirement(practice=practice, declared_within_days=self.max_age_days)
            for practice in self.recommended
        )
        return (*((True, each) for each in self.required), *((False, each) for each in recommended))

    @property
    def key_files(self) -> tuple[KeyFile, ...]:
        """The public keys whose files have to be loaded and compared with their digests."""
        return tuple(
            KeyFile(path=row.key_file, sha256=row.key_file_sha256, root_sha256=row.root_sha256)
            for row in (*self.signers, *self.evidence_signers)
            if row.key_file is not None and row.key_file_sha256 is not None
        )

    def signers_for(
        self, component: Purl, *, keys: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[ExpectedSigner, ...]:
        """Who may speak for `component`: the rows of the most specific `for` alone. Empty: nobody may.

        `keys` has, for the SHA-256 of each of `key_files`, that of its DER SubjectPublicKeyInfo.
        """
        rows = [row for row in self.signers if row.speaks_for(component)]
        named = [row for row in rows if not row.whole_namespace]
        return tuple(row.expected(keys) for row in named or rows)


def policy_of_profile(name: str, *, support_until: date | None = None) -> Policy:
    """A policy that asks what a shipped profile asks; who may sign is said elsewhere.

    Raises:
        InputInvalid: there is no such profile, or it compares with a support period that is not given.
    """
    profile = load_profile(name)
    if support_until is None and _needs_support_until(_joined(profile.required)):
        raise InputInvalid(
            f"profile {name} compares support periods with your product's, which is not given",
            hint="write a policy with supportUntil, or take profile orc-light",
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
        waivers=(),
    )


def parse_policy(data: bytes, *, source: str, today: date, catalogue: Catalogue | None = None) -> Policy:
    """The policy in `data`; `source` names the file in problems and rules.

    An expired waiver is kept: `conclude` ignores it and says so.

    Raises:
        InputInvalid: with every problem.
    """
    reader = _PolicyReader(source, today=today, catalogue=catalogue or load_catalogue())
    with reading(data, source=source, message=f"{source} can't be used as a policy") as root:
        policy = reader.policy(root)
    return policy  # noqa: RET504  leaving `reading` may raise


class _PolicyReader:
    """Reads one document; problems go to the nodes, and neutral values never get out of `reading`."""

    def __init__(self, source: str, *, today: date, catalogue: Catalogue) -> None:
        self._source = source
        self._today = today
        self._catalogue = catalogue
        self._roots: dict[str, TrustedRootEntry] = {}

    def policy(self, root: Node) -> Policy:
        found = root.mapping(allowed=(*_POLICY_KEYS, *PLANNED_KEYS), required=("avow-policy", "signers"))
        for key in PLANNED_KEYS:
            if key in found:
                found[key].problem(f"{key} is not supported by this version", fix=f"remove {key}")
        if found["avow-policy"].integer() != POLICY_VERSION:
            found["avow-policy"].problem(
                f"avow-policy is not {POLICY_VERSION}", fix=f"write {POLICY_VERSION}"
            )
        if "trust" in found:
            self._roots = self._trust(found["trust"])
        signers = self._rows(found["signers"], evidence=False)
        if found["signers"].kind is Kind.SEQUENCE and not signers:
            found["signers"].problem("signers lists nobody", fix="say who may speak for which component")
        evidence_signers = self._rows(found.get("evidenceSigners"), evidence=True)
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
            waivers=self._waivers(found.get("waivers"), signers=signers, asked=(*required, *recommended)),
        )

    def _trust(self, node: Node) -> dict[str, TrustedRootEntry]:
        entries = {}
        for key, value in node.members():
            if _NAME.fullmatch(key.scalar) is None:
                key.problem(f"{shown(key.scalar)} is no name", fix="use letters, digits and ._-")
            found = value.mapping(allowed=("root", "sha256"), required=("root", "sha256"))
            entries[key.scalar] = TrustedRootEntry(
                name=key.scalar, path=found["root"].text(), sha256=_sha256(found["sha256"])
            )
        return entries

    def _rows(self, node: Node | None, *, evidence: bool) -> tuple[SignerRule, ...]:
        rows: list[SignerRule] = []
        for item in node.items() if node else ():
            row = self._row(item, evidence=evidence)
            if any(row.model_copy(update={"rule": known.rule}) == known for known in rows):
                item.problem("the same row stands here twice", fix="remove one of the two")
            rows.append(row)
        return tuple(rows)

    def _row(self, node: Node, *, evidence: bool) -> SignerRule:
        is_key = any(key.scalar == "keyFile" for key in node.keys)
        about = () if evidence else ("for",)
        needed = ("keyFile", "sha256") if is_key else ("root",)
        found = node.mapping(
            allowed=(*about, *_ROW_KEYS, *(_KEY_KEYS if is_key else _IDENTITY_KEYS)),
            required=(*about, "relationship", *needed),
        )
        component, whole_namespace = (
            (None, False) if evidence else self._component(found["for"], namespace_allowed=True)
        )
        row = SignerRule(
            component=component,
            whole_namespace=whole_namespace,
            relationship=_or(
                found.get("relationship"),
                lambda each: each.word(
                    tuple(self._catalogue.vocabularies["relationship"]), what="relationship"
                ),
                "",
            ),
            rule=f"{self._source}:{node.line}",
            root_sha256=self._root(node, found.get("root")),
            issuer=_text(found.get("issuer")),
            identity=_text(found.get("identity")),
            source_repository=_text(found.get("sourceRepository")),
            repository_id=_text(found.get("repositoryId")),
            owner_id=_text(found.get("ownerId")),
            source_ref=_text(found.get("ref")),
            triggers=_or(found.get("triggers"), lambda each: tuple(item.text() for item in each.items()), ()),
            allow_self_hosted=_or(found.get("allowSelfHosted"), Node.boolean, default=False),
            key_file=_text(found.get("keyFile")),
            key_file_sha256=_sha256(found["sha256"]) if is_key else None,
            valid_from=_or(found.get("validFrom"), _start_of_day, None),
            valid_until=_or(found.get("validUntil"), _start_of_day, None),
            revoked_at=_or(found.get("revokedAt"), _start_of_day, None),
        )
        if not is_key:
            for problem in signer_rule_problems(
                issuer=row.issuer,
                identity=row.identity,
                key_sha256=None,
                source_repository=row.source_repository,
                source_ref=row.source_ref,
                triggers=row.triggers,
            ):
                # The place of the value, or of the row that lacks it.
                place = found.get(problem.field, node)
                place.problem(f"{problem.field} {problem.message}", fix=problem.fix)
        if row.valid_from and row.valid_until and row.valid_from >= row.valid_until:
            node.problem(
                "the row ends before it begins, so nobody can match it", fix="correct validFrom or validUntil"
            )
        return row

    def _root(self, row: Node, node: Node | None) -> str:
        """The digest of the root that a row names; a key's row may leave it out where there is only one."""
        if node is None:
            only = next(iter(self._roots.values())).sha256 if len(self._roots) == 1 else ""
            if not only:
                row.problem(
                    "root is missing: it says whose log or timestamps prove when the key signed",
                    fix="add root",
                )
            return only
        entry = self._roots.get(node.text())
        if entry is None:
            node.problem(
                f"trust has no root {node.described}",
                fix="name one of: " + (", ".join(self._roots) or "none yet"),
            )
        return entry.sha256 if entry else ""

    def _component(self, node: Node, *, namespace_allowed: bool = False) -> tuple[Purl | None, bool]:
        """The component that `for` names, and whether it names every one of a namespace."""
        text = node.text()
        whole = _WHOLE_NAMESPACE.fullmatch(text) if namespace_allowed else None
        try:
            purl = parse_purl(f"{whole['prefix']}x" if whole else text)
        except PurlInvalid as error:
            fix = error.fix and f"write {error.fix}"
            if "*" in text:
                fix = "a * may stand for the name alone, after a namespace: pkg:deb/debian/*"
            node.problem(f"{shown(text)}: {error}", fix=fix)
            return None, False
        if whole and purl.namespace is None:
            node.problem(
                "for would let one signer speak for a whole registry",
                fix="name the component, or a namespace",
            )
        if purl.version is not None:
            node.problem("for has a version, but is about a component", fix="leave the version out")
        if purl.subpath is not None or any(
            key not in DISCRIMINATING_QUALIFIERS for key, _ in purl.qualifiers
        ):
            node.problem(
                "for says more than is compared, so it would match more than it says",
                fix="leave all out but " + ", ".join(DISCRIMINATING_QUALIFIERS),
            )
        if whole:
            purl = purl.model_copy(update={"name": "*", "text": text})
        return purl, whole is not None

    def _practice(self, node: Node) -> str:
        practice = node.text()
        if practice and self._catalogue.practice(practice) is None:
            near = self._catalogue.nearest(practice)
            node.problem(
                f"unknown practice {shown(practice)}",
                fix=f"did you mean {near}?" if near else "see: avow practices",
            )
        return practice

    def _required(
        self,
        node: Node | None,
        *,
        profile: Profile | None,
        signers: tuple[SignerRule, ...],
        evidence_signers: tuple[SignerRule, ...],
    ) -> tuple[Requirement, ...]:
        max_age_days = profile.max_age_days if profile else DEFAULT_MAX_AGE_DAYS
        rows: list[Requirement] = []
        for item in node.items() if node else ():
            row = self._requirement(item, max_age_days=max_age_days)
            if row in rows:
                item.problem("the same row stands here twice", fix="remove one of the two")
            if row.evidence is Strength.E4 and not evidence_signers:
                item.problem(
                    "nobody is listed whose evidence would be E4", fix="list them under evidenceSigners"
                )
            if row.relationships is not None and not {each.relationship for each in signers} & set(
                row.relationships
            ):
                item.problem(
                    "no signer is listed with one of these relationships", fix="add one, or leave them out"
                )
            rows.append(row)
        for practice, joined in _joined((*(profile.required if profile else ()), *rows)).items():
            if joined.relationships == () and node is not None:
                node.problem(
                    f"no relationship is accepted by all that is asked about {practice}", fix="name another"
                )
        return tuple(rows)

    def _requirement(self, node: Node, *, max_age_days: int) -> Requirement:
        found = node.mapping(allowed=_REQUIRE_KEYS, required=("practice",))
        days = _or(found.get("within"), _days, None)
        by = _or(found.get("by"), lambda each: each.word(("declarant", "observer"), what="by"), None)
        bound = "bound" in found and bool(found["bound"].word(("release",), what="bound"))
        if ("within" in found) != ("by" in found):
            node.problem("within and by go together", fix="say how old at most, and whose look counts")
        if bound and by is not None:
            node.problem("bound takes the place of within", fix="keep one of them")
        if by == "declarant" and days is not None and days < SHORTEST_DECLARED_AGE_DAYS:
            found["within"].problem(
                f"within asks a declarant to sign more often than every {SHORTEST_DECLARED_AGE_DAYS} days",
                fix="write by: observer, and look yourself",
            )
        heard = found.get("relationships")
        if heard is not None and heard.kind is Kind.SEQUENCE and not heard.values:
            heard.problem("relationships lists nobody", fix="name one, or leave it out")
        evidence = Strength.E0
        if "evidence" in found and found["evidence"].scalar == Strength.E1:
            found["evidence"].problem(
                "E1 can't be verified offline, so it is never met", fix="write E0 or E2"
            )
        elif "evidence" in found:
            evidence = Strength(found["evidence"].word(ASKABLE, what="strength of evidence") or Strength.E0)
        declared = days if by == "declarant" else None
        vocabulary = tuple(self._catalogue.vocabularies["relationship"])
        return Requirement(
            practice=self._practice(found["practice"]),
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

    def _waivers(
        self, node: Node | None, *, signers: tuple[SignerRule, ...], asked: tuple[str, ...]
    ) -> tuple[Waiver, ...]:
        waivers: list[Waiver] = []
        for item in node.items() if node else ():
            waiver = self._waiver(item, signers=signers, asked=asked)
            if waiver is None:
                continue
            if any(
                waiver.practice == known.practice
                and waiver.component == known.component
                and waiver.versions == known.versions
                for known in waivers
            ):
                item.problem("the same row stands here twice", fix="remove one of the two")
            waivers.append(waiver)
        return tuple(waivers)

    def _waiver(
        self, node: Node, *, signers: tuple[SignerRule, ...], asked: tuple[str, ...]
    ) -> Waiver | None:
        found = node.mapping(allowed=_WAIVER_KEYS, required=_WAIVER_KEYS)
        practice = self._practice(found["practice"])
        if self._catalogue.practice(practice) is not None and practice not in asked:
            found["practice"].problem(
                f"{practice} is not asked, so there is nothing to waive", fix="remove the waiver"
            )
        component, _ = self._component(found["for"])
        if component is not None and not any(row.speaks_for(component) for row in signers):
            found["for"].problem(
                f"no signer is listed for {component}", fix="add a signers row, or remove the waiver"
            )
        versions = self._versions(found["versions"], component=component)
        until = found["until"].date()
        latest = _a_year_after(self._today)
        if until > latest:
            found["until"].problem(
                f"until lies more than {LONGEST_WAIVER_MONTHS} months ahead",
                fix=f'write "{latest}" or earlier',
            )
        because, owner, ticket = (found[key].text() for key in ("because", "owner", "ticket"))
        if component is None or versions is None:
            return None
        return Waiver(
            practice=practice,
            component=component,
            versions=versions,
            because=because,
            owner=owner,
            ticket=ticket,
            until=until,
            rule=f"{self._source}:{node.line}",
        )

    def _versions(self, node: Node, *, component: Purl | None) -> VersRange | None:
        try:
            versions = parse_vers(node.text())
        except VersInvalid as error:
            node.problem(str(error), fix=error.fix)
            return None
        if component is not None and versions.scheme != component.type:
            node.problem(
                f"versions is about {versions.scheme}, the component is of {component.type}",
                fix=f"write vers:{component.type}/",
            )
        return versions


def _joined(rows: tuple[Requirement, ...]) -> dict[str, Requirement]:
    joined: dict[str, Requirement] = {}
    for row in rows:
        known = joined.get(row.practice)
        joined[row.practice] = known.joined(row) if known else row
    return joined


def _needs_support_until(required: Mapping[str, Requirement]) -> bool:
    return any(condition.needs_product_support for each in required.values() for condition in each.conditions)


def _or(node: Node | None, read: Callable[[Node], _T], default: _D) -> _T | _D:
    return default if node is None else read(node)


def _text(node: Node | None) -> str | None:
    return None if node is None else node.text()


def _sha256(node: Node) -> str:
    text = node.text()
    if text and not is_digest("sha256", text):
        node.problem(
            f"{node.described} is no SHA-256", fix="write 64 lower-case hex digits, as sha256sum prints them"
        )
    return text


def _days(node: Node) -> int:
    text = node.text()
    match = _DAYS.fullmatch(text)
    if match is None:
        node.problem(f"{node.described} is no number of days", fix="write it like: 90 days")
        return SHORTEST_DECLARED_AGE_DAYS
    return int(match[1])


def _start_of_day(node: Node) -> datetime:
    return datetime.combine(node.date(), time.min, tzinfo=UTC)


def _a_year_after(day: date) -> date:
    """The same day twelve months later; 29 February becomes the 28th."""
    last = calendar.monthrange(day.year + 1, day.month)[1]
    return day.replace(year=day.year + 1, day=min(day.day, last))
