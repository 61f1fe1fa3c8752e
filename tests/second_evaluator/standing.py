"""Who is heard, and which statements stand: page evaluation, steps 2 to 7; the withdrawal, rules 3 to 7."""

from dataclasses import dataclass
from typing import Any

from .reading import (
    DECLARATION,
    MINUTE,
    WITHDRAWAL,
    Declaration,
    Purl,
    UnreadableError,
    UnusableError,
    Withdrawal,
    about,
    day,
    declaration,
    envelope,
    moment,
    names,
    payload_of,
    repository,
    withdrawal,
)

OWN = ("maintainer", "contributor", "automation", "steward")


@dataclass(frozen=True)
class Signer:
    """What is proven of a signer."""

    name: str
    issuer: str
    identity: str
    repository: str | None
    owner: str | None
    commit: str | None

    @property
    def authority(self) -> tuple[str, ...]:
        """Issuer and repository with its id, or the person or key; the trusted root is the same for all."""
        if self.repository is not None:
            return (self.issuer, "repository", repository(self.repository), self.owner or "")
        return (self.issuer, "person", self.identity)


def read_signers(given: dict[str, Any]) -> dict[str, Signer]:
    return {
        name: Signer(name, s["issuer"], s["identity"], s.get("repository"), s.get("ownerId"), s.get("commit"))
        for name, s in given.items()
    }


def same_owner(one: Signer, other: Signer) -> bool:
    """Whether two signers have one owner: the same identity, repository, or number of an owner."""
    if (one.issuer, one.identity) == (other.issuer, other.identity):
        return True
    if one.owner is not None and one.owner == other.owner:
        return True
    return (
        one.repository is not None
        and other.repository is not None
        and repository(one.repository) == repository(other.repository)
    )


@dataclass(eq=False)
class Accepted:
    """A statement that passed steps 1 to 6 for the subject."""

    position: int
    signer: Signer
    rule: dict[str, Any]
    verified: int
    sha256: str
    statement: Declaration
    own: bool = False

    @property
    def made(self) -> int:
        return self.statement.made


@dataclass(eq=False)
class Heard:
    """A withdrawal that is heard."""

    signer: Signer
    verified: int
    statement: Withdrawal
    ended: bool
    speaks: bool
    """It is own, or its signer may contradict."""


@dataclass(eq=False)
class Found:
    """What step 7 leaves."""

    accepted: list[Accepted]
    stands: list[Accepted]
    blocked: bool
    withdrawn: bool


def in_force(rule: dict[str, Any], made: int, verified: int, *, ended_too: bool) -> bool:
    """`validFrom` is compared with when it was made, the end with the verified time."""
    begin, end = rule.get("validFrom"), rule.get("validUntil")
    begin_day, end_day = day(begin), day(end)
    if begin is not None and (begin_day is None or made < begin_day):
        return False
    return ended_too or end is None or (end_day is not None and verified < end_day)


def revoked(rule: dict[str, Any], rules: list[dict[str, Any]], signer: Signer, verified: int) -> bool:
    """Refused from a revocation on, except by a rule that begins at or after it."""
    begin = day(rule.get("validFrom"))
    for other in rules:
        if other["signer"] != signer.name or other.get("revokedAt") is None:
            continue
        since = day(other["revokedAt"])
        if since is None or (verified >= since and (begin is None or begin < since)):
            return True
    return False


def admitted(
    policy: dict[str, Any],
    component: str,
    signer: Signer,
    made: int,
    verified: int,
    *,
    ended_too: bool = False,
) -> dict[str, Any] | None:
    """Step 5: the first rule for the component that admits the signer."""
    rules = policy.get("signers", [])
    for rule in rules:
        if (
            rule["signer"] == signer.name
            and rule["for"] == component
            and in_force(rule, made, verified, ended_too=ended_too)
            and not revoked(rule, rules + policy.get("evidenceSigners", []), signer, verified)
        ):
            return dict(rule)
    return None


def source_agrees(signer: Signer, statement: Declaration) -> bool:
    """Step 6: where the certificate states repository and commit, the scope's source is equal to them."""
    if signer.repository is None or signer.commit is None:
        return True
    if statement.source is None:
        return False
    uri, commit = statement.source
    return repository(uri) == repository(signer.repository) and commit == signer.commit


class Standing:
    """Reads all candidates of one input, each as if it were alone."""

    def __init__(
        self,
        given: dict[str, Any],
        signers: dict[str, Signer],
        now: int,
        artefact: dict[str, str],
        component: Purl,
    ) -> None:
        self.policy, self.signers, self.now = given["policy"], signers, now
        self.artefact, self.component = artefact, component
        self.accepted: list[Accepted] = []
        self.heard: list[Heard] = []
        self.elsewhere: list[tuple[object, str]] = []
        """By authority: what statements about other artefacts replace."""
        self.in_hand: dict[str, list[tuple[Signer | None, str]]] = {}
        for position, candidate in enumerate(given.get("statements", [])):
            self.read(position, candidate)

    def read(self, position: int, candidate: dict[str, Any]) -> None:
        """Steps 1 to 6 for one candidate."""
        _, sha256 = payload_of(candidate)
        signer, verified = self.signers.get(candidate["signer"]), moment(candidate["verifiedTime"])
        kinds = self.in_hand.setdefault(sha256, [])
        if signer is None or verified is None or verified > self.now + 5 * MINUTE:
            kinds.append((signer, "unread"))
            return
        try:
            found = envelope(candidate)
            if found.predicate_type == WITHDRAWAL:
                kinds.append((signer, "withdrawal"))
                self.hear(signer, verified, withdrawal(found))
                return
            if found.predicate_type != DECLARATION:
                kinds.append((signer, "other"))
                return
            statement = declaration(found, verified)
            if not about(found.subjects, self.artefact):
                kinds.append((signer, "other"))
                rule = admitted(self.policy, self.component.component, signer, statement.made, verified)
                if rule is not None and source_agrees(signer, statement):
                    self.elsewhere += [(signer.authority, payload) for payload in statement.supersedes]
                return
        except (UnreadableError, UnusableError):
            kinds.append((signer, "unread"))
            return
        if not names(statement, self.component):
            kinds.append((signer, "other"))
            return
        kinds.append((signer, "about"))
        rule = admitted(self.policy, self.component.component, signer, statement.made, verified)
        if rule is not None and source_agrees(signer, statement):
            self.accepted.append(Accepted(position, signer, rule, verified, sha256, statement))

    def hear(self, signer: Signer, verified: int, statement: Withdrawal) -> None:
        """Rules 3 and 5: who is heard, and from when on."""
        if verified > self.now + 5 * MINUTE:
            return
        said = statement.withdrawn_at
        made = verified if said is None else min(said, verified)
        component = self.component.component
        for ended in (False, True):
            rule = admitted(self.policy, component, signer, made, verified, ended_too=ended)
            if rule is not None:
                speaks = rule.get("relationship") in OWN or rule.get("mayContradict") is True
                self.heard.append(Heard(signer, verified, statement, ended, speaks))
                return

    def found(self) -> Found:
        """Step 7: what was replaced or withdrawn does not stand."""
        self.mark_own()
        gone = {one.position for one in self.accepted if self.replaced(one)}
        taken = {
            one.position
            for one in self.accepted
            for w in self.heard
            if one.sha256 in w.statement.entries and w.signer.authority == one.signer.authority
        }
        stands = [one for one in self.accepted if one.position not in gone | taken]
        blocked = withdrawn = False
        for w in self.heard:
            for sha256, instead in w.statement.entries.items():
                if not self.concerns(w, sha256):
                    continue
                withdrawn = True
                if w.speaks and not any(self.counts(one, w, sha256, instead) for one in stands):
                    blocked = True
        return Found(self.accepted, stands, blocked, withdrawn)

    def replaced(self, one: Accepted) -> bool:
        """Parsing rule 11."""
        mine = digests(one.statement)
        if (one.signer.authority, one.sha256) in self.elsewhere:
            return True
        return any(
            other is not one
            and other.signer.authority == one.signer.authority
            and (
                one.sha256 in other.statement.supersedes
                or (other.made > one.made and digests(other.statement) == mine)
            )
            for other in self.accepted
        )

    def concerns(self, w: Heard, sha256: str) -> bool:
        """Whether an entry takes back a statement of its authority that is, or may be, about the subject."""
        known = self.in_hand.get(sha256)
        if known is None:
            return about(w.statement.subjects, self.artefact)
        if any(kind == "other" for _, kind in known):
            return False
        authorities = {one.signer.authority for one in self.accepted if one.sha256 == sha256}
        if authorities:
            return w.signer.authority in authorities
        return about(w.statement.subjects, self.artefact)

    def counts(self, one: Accepted, w: Heard, sha256: str, instead: str | None) -> bool:
        """Rule 6 of the withdrawal: what may count instead."""
        if one.signer.authority != w.signer.authority:
            return False
        if w.ended:
            return one.made > w.verified
        if one.sha256 == instead or sha256 in one.statement.supersedes:
            return True
        taken = [
            p.made for p in self.accepted if p.sha256 == sha256 and p.signer.authority == w.signer.authority
        ]
        return one.made > (max(taken) if taken else w.verified)

    def mark_own(self) -> None:
        """The term "own": by relationship, or by the repository or owner of an own statement."""
        for one in self.accepted:
            one.own = one.rule.get("relationship") in OWN
        changed = True
        while changed:
            changed = False
            certificates = [one.signer for one in self.accepted if one.own and one.signer.repository]
            for one in self.accepted:
                if one.own or one.signer.repository is None:
                    continue
                if any(
                    repository(c.repository or "") == repository(one.signer.repository)
                    or (c.owner is not None and c.owner == one.signer.owner)
                    for c in certificates
                ):
                    one.own = changed = True


def digests(statement: Declaration) -> frozenset[frozenset[tuple[str, str]]]:
    """The subjects of a statement; names and order say nothing."""
    return frozenset(frozenset(subject.items()) for subject in statement.subjects)
