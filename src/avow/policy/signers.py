"""Who may speak for which component, as a policy lists it; the files that it names are not loaded here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from avow.formats.purl import DISCRIMINATING_QUALIFIERS, ByComponent, Purl
from avow.identity import ExpectedSigner, SignerIdentity, SignerKey
from avow.values import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class KeyFile(Frozen):
    """A public key as the policy names it: path, required digest, and the root whose logs count."""

    path: str
    sha256: str
    """SHA-256 of the file's bytes."""
    root_sha256: str


class SignerFile(Frozen):
    """A JSON file of signer rules that the policy names."""

    path: str
    sha256: str
    """SHA-256 of the file's bytes as they were read."""
    rules: int
    """How many rules it has."""


class SignerRule(Frozen):
    """One rule of `signers` or `evidenceSigners`; its files are not loaded yet."""

    component: Purl | None
    """None for an evidence signer, who does not speak for a component."""
    whole_namespace: bool
    """`for` ends in `/*`: every name of the namespace without a rule of its own."""
    relationship: str
    place: str
    """`policy.yaml:16`, for messages."""
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
    predicate_types: tuple[str, ...] = ()
    """Of an evidence signer: what it may sign to confirm a practice."""
    builders: tuple[str, ...] = ()
    """Of an evidence signer: which builders its provenance may name, beside the signer itself."""
    may_contradict: bool = False
    """Its no against the project's yes is a conflict, and not only a note."""

    def expected(self, keys: Mapping[str, str]) -> ExpectedSigner:
        """The signer to compare with; `keys` maps the SHA-256 of a key's file to that of its SPKI."""
        return ExpectedSigner(
            component="*" if self.component is None else self.component.text,
            relationship=self.relationship,
            place=self.place,
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
            predicate_types=self.predicate_types,
            builders=self.builders,
            may_contradict=self.may_contradict,
        )


class SignerIndex:
    """Signer rules by what they are about, so that a look-up does not depend on their number."""

    def __init__(self, rules: Iterable[SignerRule], *, evidence: Iterable[SignerRule] = ()) -> None:
        of_one: list[tuple[Purl, SignerRule]] = []
        self._by_namespace: dict[tuple[str, str | None], list[SignerRule]] = {}
        self._revocations: dict[tuple[str | None, str | None], list[SignerRule]] = {}
        for rule in (*rules, *evidence):
            if rule.revoked_at is not None:
                name = rule.key_file_sha256 or rule.source_repository or rule.identity
                self._revocations.setdefault((rule.issuer, name), []).append(rule)
            if rule.component is None:
                continue
            if rule.whole_namespace:
                namespace = rule.component.type, rule.component.namespace
                self._by_namespace.setdefault(namespace, []).append(rule)
            else:
                of_one.append((rule.component, rule))
        self._by_component = ByComponent(of_one)

    def rules_for(self, component: Purl) -> tuple[SignerRule, ...]:
        """The rules about `component` itself, else those about its namespace."""
        rules = self._by_component.about(component)
        if not rules and all(component.qualifier(key) is None for key in DISCRIMINATING_QUALIFIERS):
            rules = tuple(self._by_namespace.get((component.type, component.namespace), ()))
        return rules

    def revocations_of(
        self, signer: SignerIdentity | SignerKey, *, keys: Mapping[str, str]
    ) -> tuple[SignerRule, ...]:
        """The rules with `revokedAt` that may be about `signer`, whatever they are for."""
        about: list[tuple[str | None, str]]
        if isinstance(signer, SignerKey):
            about = [(None, file) for file, spki in keys.items() if spki == signer.spki_sha256]
        else:
            about = [(signer.issuer, name) for name in {signer.source_repository, signer.san} if name]
        return tuple(rule for each in about for rule in self._revocations.get(each, ()))
