"""The strength and the date of evidence (spec, parsing rule 10), and results of tools."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from .catalogue import STRENGTHS, Context, Data
from .reading import (
    DECLARATION,
    DIGESTS,
    MINUTE,
    WITHDRAWAL,
    Declaration,
    Envelope,
    Purl,
    UnreadableError,
    UnusableError,
    about,
    day,
    declaration,
    envelope,
    moment,
    names,
    parse_json,
    payload_of,
    withdrawal,
)
from .standing import Signer, in_force, revoked, same_owner

TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
PROVENANCE = "https://slsa.dev/provenance/v1"
VSA = "https://slsa.dev/verification_summary/v1"


@dataclass(eq=False)
class Piece:
    """One piece of evidence of what stands: its verified strength, and its own date if it has one."""

    strength: int
    date: int | None


@dataclass(eq=False)
class ToolResult:
    """A JSON result of OpenSSF Scorecard 4 or 5."""

    date: int
    repository: str
    checks: list[dict[str, Any]]


def tool_result(text: str) -> ToolResult | None:
    """What a result of the tool says, or None if the bytes are none."""
    try:
        value = parse_json(text, strict_numbers=False)
    except UnreadableError:
        return None
    if not isinstance(value, dict):
        return None
    repo, tool, checks = value.get("repo"), value.get("scorecard"), value.get("checks")
    date = value.get("date")
    if not isinstance(date, str):
        return None
    time = moment(date)
    time = day(date) if time is None else time
    if not (isinstance(repo, dict) and isinstance(tool, dict) and isinstance(checks, list)) or time is None:
        return None
    version = tool.get("version")
    if not isinstance(repo.get("name"), str) or not isinstance(version, str):
        return None
    if not re.match(r"v?[45]\.", version) or not all(isinstance(check, dict) for check in checks):
        return None
    return ToolResult(time, repo["name"], checks)


def reaches(result: ToolResult, check: str, at_least: int) -> bool:
    """Whether the result has a score for the check, and every one that it has reaches the threshold."""
    scores = [found.get("score") for found in result.checks if found.get("name") == check]
    return bool(scores) and all(
        isinstance(s, int) and not isinstance(s, bool) and s >= at_least for s in scores
    )


class Evidence:
    """The bytes at hand, and the consumer's rules for evidence signers."""

    def __init__(
        self,
        given: dict[str, Any],
        data: Data,
        signers: dict[str, Signer],
        now: int,
        artefact: dict[str, str],
        component: Purl | None,
        context: Context,
    ) -> None:
        self.bytes: dict[str, Any] = given.get("evidence", {})
        self.candidates: list[dict[str, Any]] = given.get("statements", [])
        self.rules: list[dict[str, Any]] = given["policy"].get("evidenceSigners", [])
        self.all_rules = self.rules + given["policy"].get("signers", [])
        self.data, self.signers, self.now = data, signers, now
        self.artefact, self.component, self.context = artefact, component, context

    def text(self, sha256: str) -> str | None:
        """The text of evidence whose bytes have this SHA-256."""
        found = self.bytes.get(sha256)
        if not isinstance(found, dict) or "text" not in found:
            return None
        raw = found["text"].encode("utf-8", "surrogatepass")
        return found["text"] if hashlib.sha256(raw).hexdigest() == sha256 else None

    def at_hand(self, digest: dict[str, str]) -> bool:
        """E2: bytes found by their SHA-256 that match every digest by an algorithm of a subject."""
        sha256 = digest.get("sha256")
        strong = [a for a in digest if a in DIGESTS]
        if sha256 is None or sha256 not in self.bytes:
            return False
        text = self.text(sha256)
        if text is None:
            return "payload" in self.bytes[sha256] and strong == ["sha256"]
        raw = text.encode("utf-8", "surrogatepass")
        return all(hashlib.new(a, raw).hexdigest() == digest[a] for a in strong)

    def piece(self, given: dict[str, Any], practice: str, signer: Signer) -> Piece:
        """The verified strength of one piece, and its date (page evaluation, Date of evidence)."""
        retrieved = moment(given["retrievedAt"]) if "retrievedAt" in given else None
        digest = given.get("resource", {}).get("digest", {})
        known = (
            given.get("type") in self.data.vocabularies["evidenceType"]
            and given.get("strength", "E0") in STRENGTHS
        )
        if not known or not self.at_hand(digest):
            return Piece(0, retrieved)
        dates = [retrieved]
        text = self.text(digest["sha256"])
        result = tool_result(text) if text is not None else None
        if result:
            dates.append(result.date)
        strength = STRENGTHS["E2"]
        if text is None:
            verified = self.confirmed(self.bytes[digest["sha256"]], practice, signer)
            if verified is not None:
                strength = STRENGTHS["E4"]
                dates.append(verified)
        return Piece(strength, min((d for d in dates if d is not None), default=None))

    def confirmed(self, given: dict[str, Any], practice: str, declarer: Signer) -> int | None:
        """E4: the verified time of a statement that confirms the practice, else None."""
        verified, signer = moment(given["verifiedTime"]), self.signers.get(given["signer"])
        if verified is None or signer is None or verified > self.now:
            return None
        try:
            found = envelope(given)
            stated = declaration(found, verified) if found.predicate_type == DECLARATION else None
        except (UnreadableError, UnusableError):
            return None
        if not about(found.subjects, self.artefact):
            return None
        if found.predicate_type != PROVENANCE and same_owner(signer, declarer):
            return None
        if self.withdrawn(given, signer):
            return None
        made = stated.made if stated else verified
        rules = [
            rule
            for rule in self.rules
            if found.predicate_type in rule.get("predicateTypes", [])
            and admits_evidence(rule, self.all_rules, signer, made, verified)
        ]
        if any(self.says(found, stated, practice, rule, signer) for rule in rules):
            return verified
        return None

    def withdrawn(self, given: dict[str, Any], signer: Signer) -> bool:
        """A withdrawal of its own authority in hand names it."""
        _, sha256 = payload_of(given)
        for candidate in self.candidates:
            by, verified = self.signers.get(candidate["signer"]), moment(candidate["verifiedTime"])
            if by is None or verified is None or verified > self.now + 5 * MINUTE:
                continue
            if by.authority != signer.authority:
                continue
            try:
                found = envelope(candidate)
                named = withdrawal(found).entries if found.predicate_type == WITHDRAWAL else {}
            except (UnreadableError, UnusableError):
                continue
            if sha256 in named and any(
                admits_evidence(rule, self.all_rules, by, verified, verified) for rule in self.rules
            ):
                return True
        return False

    def says(
        self, found: Envelope, stated: Declaration | None, practice: str, rule: dict[str, Any], signer: Signer
    ) -> bool:
        """The table of parsing rule 10: whether the content confirms the practice."""
        predicate = found.predicate
        if stated is not None:
            return self.declares(stated, practice)
        if found.predicate_type == TEST_RESULT:
            return practice in ("TST-01", "TST-02") and predicate.get("result") == "PASSED"
        if practice != "REL-05":
            return False
        if found.predicate_type == PROVENANCE:
            details = predicate.get("runDetails")
            builder = details.get("builder") if isinstance(details, dict) else None
            name = builder.get("id") if isinstance(builder, dict) else None
            return isinstance(name, str) and (name == signer.identity or name in rule.get("builders", []))
        if found.predicate_type == VSA:
            levels = predicate.get("verifiedLevels")
            return (
                predicate.get("verificationResult") == "PASSED"
                and isinstance(levels, list)
                and any(
                    isinstance(level, str) and re.fullmatch("SLSA_BUILD_LEVEL_[1-9][0-9]*", level)
                    for level in levels
                )
            )
        return False

    def declares(self, stated: Declaration, practice: str) -> bool:
        """A declaration of somebody else: what its own entry has to say."""
        entry, meaning = stated.entries.get(practice), self.data.practices.get(practice)
        if entry is None or meaning is None or self.now >= stated.valid_until:
            return False
        if not names(stated, self.component):
            return False
        if stated.kind == "project" and meaning["subjectLevel"] not in ("project", "repository"):
            return False
        if meaning["kind"] == "observation":
            if entry.status is not None and entry.status != "implemented":
                return False
            if not self.data.usable_fact(meaning, entry.facts):
                return False
        elif entry.status != "implemented":
            return False
        return self.data.facts_outcome(meaning, entry.facts, self.context) is None


def admits_evidence(
    rule: dict[str, Any], rules: list[dict[str, Any]], signer: Signer, made: int, verified: int
) -> bool:
    """A rule for evidence signers, with its days, and revocations as for other rules."""
    return (
        rule["signer"] == signer.name
        and in_force(rule, made, verified, ended_too=False)
        and not revoked(rule, rules, signer, verified)
    )
