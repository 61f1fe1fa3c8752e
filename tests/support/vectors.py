"""The vectors of the specification, run through everything that is built: minted, verified, judged.

A vector knows no signature system, so its signers are given certificates here, and its statements are signed.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import rfc8785
from support.pipeline import EvidenceInHand
from support.virtual_sigstore import Signer, VirtualSigstore, encoded

from avow.formats.purl import parse_purl
from avow.policy import parse_decisions, parse_policy
from avow.results import Decision
from avow.stores.protocol import Candidate
from avow.subject import Digest, Subject
from avow.verification.judge import verify
from avow.verification.session import Session, Trust, basis_of
from avow.vocabulary import Verdict

VECTORS: Final = Path(__file__).parent.parent.parent / "predicates" / "vectors"

STARTED: Final = datetime(2019, 1, 1, tzinfo=UTC)
RELEASE: Final = datetime(2026, 1, 1, tzinfo=UTC)

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a vector expects, and what an evaluator says."""

    outcomes: dict[str, str]
    verdict: str
    stands: tuple[int, ...]
    decided: bool

    @classmethod
    def expected(cls, vector: Json) -> Answer:
        """The answer in the file."""
        said = vector["expected"]
        return cls(said["outcomes"], said["verdict"], tuple(said["stands"]), said["decided"])

    @property
    def json(self) -> Json:
        """As in the file."""
        return {
            "outcomes": self.outcomes,
            "verdict": self.verdict,
            "stands": list(self.stands),
            "decided": self.decided,
        }


def read(name: str) -> list[Json]:
    """The vectors of one file, each with its whole input."""
    found = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["vectors"]
    inputs = {each["name"]: each["input"] for each in found if "input" in each}
    return [
        each if "input" in each else {**each, "input": patched(inputs[each["from"]], each["patch"])}
        for each in found
    ]


def patched(document: Json, patch: list[Json]) -> Json:
    """`document` after a JSON Patch with the operations that the vectors use.

    Source: RFC 6902, RFC 6901.
    """
    document = copy.deepcopy(document)
    for step in patch:
        *parents, last = (part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:])
        target: Any = document
        for part in parents:
            target = target[int(part)] if isinstance(target, list) else target[part]
        key: Any = int(last) if isinstance(target, list) and last != "-" else last
        if step["op"] == "remove":
            del target[key]
        elif step["op"] == "add" and isinstance(target, list):
            target.insert(len(target) if key == "-" else key, copy.deepcopy(step["value"]))
        else:
            target[key] = copy.deepcopy(step["value"])
    return document


@cache
def sigstore() -> VirtualSigstore:
    """One for all vectors; making its keys takes longer than a vector."""
    return VirtualSigstore(now=RELEASE, started=STARTED, organisation="vectors")


class Minted:
    """A vector's input with real signatures."""

    def __init__(self, given: Json) -> None:
        self.given = given
        self.virtual = sigstore()
        self.evidence: dict[str, bytes] = {}
        digests: dict[str, str] = {}
        for stated, item in given.get("evidence", {}).items():
            content = item["text"].encode() if "text" in item else self._signed(item)
            real = hashlib.sha256(content).hexdigest()
            if "text" in item:
                assert real == stated, f"evidence {stated} has the digest {real}"
            digests[stated] = real
            self.evidence[real] = content
        self._digests = digests
        self.bundles = [self._signed(each) for each in given["statements"]]

    def _signer(self, name: str, at: datetime) -> Signer:
        about = self.given["signers"][name]
        if "repository" not in about:
            return self.virtual.person(about["identity"], issuer=about["issuer"], at=at)
        workflow, _, ref = about["identity"].removeprefix(about["repository"] + "/").partition("@")
        run = {
            "repository": about["repository"].removeprefix("https://github.com/"),
            "workflow": workflow,
            "ref": ref,
        }
        for key, claim in (("commit", "sha"), ("ownerId", "owner_id")):
            if key in about:
                run[claim] = about[key]
        return self.virtual.github(**run, certificate={"issuer": about["issuer"], "at": at})

    def _signed(self, item: Json) -> bytes:
        at = datetime.fromisoformat(item["verifiedTime"])
        payload = item["text"].encode() if "text" in item else self._payload(item["payload"])
        with self.virtual.at(at):
            return encoded(self.virtual.bundle(payload, signer=self._signer(item["signer"], at), growth=0))

    def _payload(self, payload: Json) -> bytes:
        text = json.dumps(payload)
        for stated, real in getattr(self, "_digests", {}).items():
            text = text.replace(stated, real)
        return rfc8785.dumps(json.loads(text))

    # ---- the policy --------------------------------------------------------------------------------------

    def _rule(self, rule: Json) -> Json:
        about = self.given["signers"][rule["signer"]]
        kept = {key: value for key, value in rule.items() if key != "signer"}
        named = {"issuer": about["issuer"], "identity": about["identity"], "root": "pinned"}
        if "repository" in about:
            named["sourceRepository"] = about["repository"]
        return kept | named

    def session(self) -> Session:
        """What the vector's policy requires."""
        root = self.virtual.root()
        asked: Json = self.given["policy"]
        now = datetime.fromisoformat(self.given["now"])
        policy = {
            **asked,
            "avow-policy": 1,
            "trust": {"pinned": {"root": "root.json", "sha256": hashlib.sha256(root).hexdigest()}},
            "signers": [self._rule(each) for each in asked.get("signers", [])],
            "evidenceSigners": [self._rule(each) for each in asked.get("evidenceSigners", [])],
        }
        read = parse_policy(json.dumps(policy).encode(), source="policy", today=now.date())
        if own := self.given.get("own"):
            text = json.dumps({"avow-observations": 1, **own})
            for stated, real in self._digests.items():
                text = text.replace(stated, real)
            read = read.with_decisions(parse_decisions(text.encode(), source="own", today=now.date()))
        return Session(
            trust=Trust(roots=(root,)),
            policy=read,
            rules=read,
            flagged=None,
            spki_of_key_file=(),
            enforced=(),
            insecure=(),
            basis=basis_of(None),
            evidence_signers=tuple(rule.expected(MappingProxyType({})) for rule in read.evidence_signers),
        )

    def decide(self) -> Decision:
        """The decision about the vector's subject, by the whole way from bundles to a verdict."""
        asked = self.given["subject"]
        subject = Subject(
            name="subject",
            digests=tuple(Digest(algorithm=name, value=value) for name, value in asked["digest"].items()),
            purl=parse_purl(asked["purl"]) if "purl" in asked else None,
        )
        report = verify(
            (subject,),
            session=self.session(),
            stores=(_InHand(self.bundles),),
            evidence=EvidenceInHand(self.evidence),
            now=datetime.fromisoformat(self.given["now"]),
        ).collected()
        (decision,) = report
        return decision


class _InHand:
    """A store of the vector's bundles."""

    def __init__(self, bundles: list[bytes]) -> None:
        self._bundles = bundles

    def find(self, _subjects: object) -> Any:
        """Every bundle, under its position."""
        for position, content in enumerate(self._bundles):
            yield Candidate(content=content, location=str(position), named=False)


def answer(given: Json) -> Answer:
    """What Avow says about a vector's input."""
    decision = Minted(given).decide()
    verdict = decision.verdict
    assert isinstance(verdict, Verdict)
    return Answer(
        outcomes={each.practice: str(each.outcome) for each in decision.findings},
        verdict=str(verdict),
        stands=tuple(sorted(int(each.location) for each in decision.attestations)),
        decided=decision.is_decided,
    )
