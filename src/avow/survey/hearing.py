"""Which components evidence in hand is about, and with whose voice it is heard.

A digest decides. Where the SBOM states none that can be compared, purl and version do, and the basis says
that no bytes were compared. Where it states another digest, the evidence is refused: it never falls through
to the version. No name decides anything. The work grows with what is in hand and with the components, not
with their product.

Source: specification, rules 8 to 12; predicates/evaluation.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from msgspec import structs

from avow import identity
from avow.errors import EvidenceRejected, one_candidate, shortened
from avow.formats.purl import Purl, PurlInvalid, component_key, component_text, parse_purl, with_version
from avow.formats.repository import normal_repository
from avow.identity import SignerIdentity, SignerKey
from avow.policy.voices import PROJECT_RELATIONSHIPS
from avow.record import Assumption, Declaration, Left, Said, SourceGap
from avow.statement.predicate import PROJECT, PracticeEntry, Predicate
from avow.statement.validity import scope_names
from avow.statement.withdrawal import Reason
from avow.subject import DIGEST_HEX_LENGTHS
from avow.survey.project_files import ProjectFile, fact_text
from avow.survey.provenance import BUILD, DECLARATION, OTHER, PUBLISHED, SIGNATURE, SignedWord
from avow.survey.source_archives import SourceArchive
from avow.values import utc_text
from avow.vocabulary import Status, Voice

if TYPE_CHECKING:
    from datetime import datetime

    from avow.catalogue.practices import Catalogue
    from avow.sbom.inventory import StatedDigest
    from avow.statement.in_toto import StatementSubject
    from avow.transparency.backend import VerifiedSignature
    from avow.verification.session import Session

MAX_GAPS: Final = 200
"""Gaps of one kind that are listed one by one; the rest are counted."""

BY_DIGEST: Final = "digest"
BY_PURL: Final = "purl and version; bytes not compared"
BY_SCOPE: Final = "purl and declared versions; a statement about the project, not about bytes"
BY_REPOSITORY: Final = "repository"
BY_PACKAGE: Final = "purl without version"
BY_POINTER: Final = "pointer in the SBOM with the digest of the file"
BY_SBOM: Final = "pointer in the SBOM"

MAX_SUBJECTS_OF_ONE_DIGEST: Final = 10
"""Further subjects of one statement with the same digest are not looked at: a stranger may list thousands."""

_OCI_TYPES: Final = frozenset({"oci", "docker"})
"""Purl types whose version is the digest of the image."""


class EvidencePointer(NamedTuple):
    """A reference of an SBOM to an attestation of one of its components."""

    component: str
    """The component's id."""
    url: str
    sha256: str = ""
    """Of the file behind `url`, as the SBOM states it; empty if it does not."""


@dataclass(frozen=True, slots=True)
class SurveyedComponent:
    """What evidence is looked up by, for one component of the survey."""

    id: str
    purl: str = ""
    """As the SBOM has it, or as the reviewed map says."""
    version: str = ""
    """Of the purl, else of the SBOM's version field."""
    digests: tuple[StatedDigest, ...] = ()
    """As stated; of several with one algorithm, any may be meant."""
    repository: str = ""
    """Of its upstream project, however written; empty if it is not known."""
    upstream: str = ""
    """The id of the upstream project."""


class Heard(NamedTuple):
    """What is in hand about the components, and what is in hand and counts for nothing."""

    declarations: tuple[Declaration, ...]
    gaps: tuple[SourceGap, ...]


_Stated: TypeAlias = "tuple[str, str]"
"""Algorithm and value of a digest."""


class _Spoken(NamedTuple):
    """How one piece of evidence is heard about one component."""

    voice: Voice
    basis: str
    signer: str
    note: str
    upstream: str


@dataclass(slots=True)
class _Asked:
    """One question about many components, and what was found so far: by how it is heard, the ids."""

    by_component: dict[str, list[EvidencePointer]]
    words: dict[tuple[int, _Spoken], list[str]] = field(default_factory=lambda: defaultdict(list))
    files: dict[tuple[int, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[tuple[int, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    pointed: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Pointers that lead to nothing, by address and reason."""
    touched: set[int] = field(default_factory=set)


class _Index:
    """What is in hand by digest, component and file, so that a look-up does not depend on its amount."""

    def __init__(self, words: tuple[SignedWord, ...], files: tuple[ProjectFile, ...]) -> None:
        self.words, self.files = words, files
        self.entries: dict[_Stated, dict[int, list[frozenset[_Stated]]]] = defaultdict(dict)
        """By digest and number of a word: all digests of each of its subjects that has this one."""
        self.purls: dict[Hashable, dict[int, dict[str | None, Purl]]] = defaultdict(dict)
        """By component and number of a word: the purls that name it, by version."""
        self.first_digest: list[dict[str, str]] = []
        """Of each word: a digest for each algorithm that it has any of."""
        self.by_file: dict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(words):
            self.first_digest.append({})
            for entry in word.subjects:
                self._add_subject(number, entry)
            for purl in word.purls:
                of_version = self.purls[component_key(purl)].setdefault(number, {})
                of_version.setdefault(purl.version, purl)
            for sha256 in {word.sha256, word.part_sha256}:
                self.by_file[sha256].append(number)
        self.projects: dict[Hashable, list[int]] = defaultdict(list)
        """Unsigned files, by repository, by package and by their own digest."""
        for number, file in enumerate(files):
            package = None if file.purl is None else component_key(file.purl)
            for key in (file.repository, package, file.sha256):
                if key:
                    self.projects[key].append(number)

    def _add_subject(self, number: int, entry: StatementSubject) -> None:
        together = frozenset((each.algorithm, each.value) for each in entry.digests)
        for digest in entry.digests:
            self.first_digest[number].setdefault(digest.algorithm, str(digest))
            listed = self.entries[digest.algorithm, digest.value].setdefault(number, [])
            if len(listed) < MAX_SUBJECTS_OF_ONE_DIGEST:
                listed.append(together)

    @cached_property
    def taken_back(self) -> Mapping[int, str]:
        """By number: why a declaration no longer counts. Only its own signer is heard."""
        declared = [(number, word) for number, word in enumerate(self.words) if word.kind == DECLARATION]
        return _replaced_by_date(declared) | _replaced_by_name(declared, self.words)


class _Component(NamedTuple):
    """A component with what is compared of it, read once."""

    asked: SurveyedComponent
    purl: Purl | None
    """With its version, if it is known; None if it has no purl in canonical form."""
    stated: frozenset[_Stated]
    """Digests by which an artefact can be identified."""
    repository: str
    """Normalised."""


class EvidenceInHand:
    """What was gathered, ready to be asked about components."""

    def __init__(
        self,
        words: tuple[SignedWord, ...],
        files: tuple[ProjectFile, ...],
        gaps: tuple[SourceGap, ...],
        *,
        in_hand: Mapping[str, str] | None = None,
        archives: tuple[SourceArchive, ...] = (),
        policy: Session | None,
        catalogue: Catalogue,
        now: datetime,
    ) -> None:
        self.words, self.files, self.gaps, self.archives = words, files, gaps, archives
        self._in_hand = in_hand or {}
        """Where each file that was read is, by its SHA-256."""
        self._policy, self._catalogue, self._now = policy, catalogue, now
        self._index = _Index(words, files)

    def about(
        self, components: Iterable[SurveyedComponent], *, pointers: Iterable[EvidencePointer] = ()
    ) -> Heard:
        """What is in hand about `components`; each piece once for all components that it is heard alike of.

        `pointers` are the SBOM's own references. One whose digest is that of a file in hand leads to it; of
        any other it is said that nothing was fetched. Called once for all components: what is about none of
        them is among the gaps.
        """
        asked = _Asked(by_component=defaultdict(list))
        for pointer in pointers:
            asked.by_component[pointer.component].append(pointer)
        for component in components:
            self._ask(component, asked)
        declarations = [
            self._declared(self.words[number], spoken, tuple(ids))
            for (number, spoken), ids in sorted(asked.words.items(), key=lambda item: item[0][0])
        ]
        declarations += [
            _of_file(self.files[number], basis, upstream, tuple(ids))
            for (number, basis, upstream), ids in sorted(asked.files.items())
        ]
        declarations += [_of_pointer(url, why, tuple(ids)) for (url, why), ids in asked.pointed.items()]
        return Heard(tuple(declarations), (*self.gaps, *self._gaps(asked)))

    def _ask(self, component: SurveyedComponent, asked: _Asked) -> None:
        pointers = asked.by_component.get(component.id, ())
        if not (self.words or self.files or pointers):
            return  # the first day: reading 10,000 purls strictly takes two seconds
        index, read = self._index, _read(component)
        pointed = {number for each in pointers for number in index.by_file.get(each.sha256, ())}
        numbers = set(pointed)
        for digest in read.stated:
            numbers.update(index.entries.get(digest, ()))
        key = component_key(read.purl) if read.purl is not None else None
        numbers.update(each for each in index.purls.get(key, ()) if _names(each, read.purl, index))
        for number in sorted(numbers):
            asked.touched.add(number)
            if self.words[number].withdrawal is None:
                self._hear(number, read, asked, pointed=number in pointed)
        self._ask_files(read, key, asked)
        for pointer in pointers:
            if why := self._not_followed(pointer):
                asked.pointed[pointer.url, why].append(component.id)

    def _hear(self, number: int, component: _Component, asked: _Asked, *, pointed: bool) -> None:
        try:
            with one_candidate(self.words[number].location):
                spoken = self._spoken(number, component, pointed=pointed)
        except EvidenceRejected as error:
            asked.refused[number, error.message].append(component.asked.id)
        else:
            asked.words[number, spoken].append(component.asked.id)

    def _ask_files(self, component: _Component, key: Hashable, asked: _Asked) -> None:
        """Add the unsigned files about the repository or package, or that a pointer names."""
        projects = self._index.projects
        found: dict[int, str] = {}
        for place, basis in ((component.repository, BY_REPOSITORY), (key, BY_PACKAGE)):
            for number in projects.get(place, ()):
                found.setdefault(number, basis)
        for pointer in asked.by_component.get(component.asked.id, ()):
            for number in projects.get(pointer.sha256, ()):
                found.setdefault(number, BY_POINTER)
        for number, basis in found.items():
            asked.files[number, basis, component.asked.upstream].append(component.asked.id)

    def _not_followed(self, pointer: EvidencePointer) -> str:
        """Why a pointer leads to nothing in hand; empty if it does."""
        if not pointer.sha256:
            return "the SBOM states no digest of it; nothing was fetched"
        if pointer.sha256 in self._index.by_file or pointer.sha256 in self._index.projects:
            return ""
        if place := self._in_hand.get(pointer.sha256):
            return f"sha256:{pointer.sha256} is in hand as {place}, and nothing in it can be used"
        return f"no file with sha256:{pointer.sha256} is in hand; nothing was fetched"

    def _gaps(self, asked: _Asked) -> Iterator[SourceGap]:
        refused = [
            SourceGap(
                source=self.words[number].location,
                why=f"not heard about {_listed_ids(ids)}: {why}",
                kind="refused",
            )
            for (number, why), ids in sorted(asked.refused.items())
        ]
        yield from _bounded(refused, "refused")
        unverified = [
            SourceGap(
                source=word.location, why=f"a withdrawal that is not heard: {word.problem}", kind="refused"
            )
            for word in self.words
            if word.withdrawal is not None and not word.verified
        ]
        yield from _bounded(unverified, "withdrawals that were not verified")
        about = {number for number, _, _ in asked.files}
        others = [
            SourceGap(source=word.location, why="it is about none of the components", kind="about_nothing")
            for number, word in enumerate(self.words)
            if number not in asked.touched and word.withdrawal is None
        ]
        others += [
            SourceGap(
                source=file.source,
                why=f"it is about {file.repository or file.purl}, and so about none of the components",
                kind="about_nothing",
            )
            for number, file in enumerate(self.files)
            if number not in about
        ]
        yield from _bounded(others, "about none of the components")

    def _spoken(self, number: int, component: _Component, *, pointed: bool) -> _Spoken:
        """How the word is heard about `component`.

        Raises:
            EvidenceRejected: it is about other bytes or another version or component, or was taken back.
        """
        word = self.words[number]
        if why := self._index.taken_back.get(number):
            raise EvidenceRejected(why)
        basis = _basis(number, component, self._index, pointed=pointed)
        voice, note = self._voice(word, component.purl)
        origin = _origin_note(word, component.repository)
        if basis == BY_PURL and voice is Voice.BUILD_SIGNED:
            if origin:
                raise EvidenceRejected(
                    f"{origin}; no bytes were compared, and any workflow can name any purl"
                )
            origin = "" if component.repository else _UNKNOWN_ORIGIN
        notes = (note, origin, _kind_note(word), self._statement_note(word))
        return _Spoken(
            voice=voice,
            basis=basis,
            signer=_signer_line(word.verified),
            note="; ".join(each for each in notes if each),
            upstream=component.asked.upstream,
        )

    def _voice(self, word: SignedWord, component: Purl | None) -> tuple[Voice, str]:
        """Whose voice it is, and what has to be said about that."""
        if not word.verified:
            return Voice.SIGNED_UNVERIFIED, f"not verified: {word.problem}"
        if word.kind == BUILD or (word.kind == SIGNATURE and word.is_by_ci):
            if word.is_by_ci:
                return Voice.BUILD_SIGNED, _sandbox_note(word)
            return Voice.SIGNED_UNVERIFIED, "the signature verifies, and is not that of a build platform"
        listed, why = self._listed(word, component)
        if listed is not None:
            return listed, _sandbox_note(word)
        return Voice.SIGNED_UNVERIFIED, f"the signature verifies; {why}"

    def _listed(self, word: SignedWord, component: Purl | None) -> tuple[Voice | None, str]:
        """The voice that the policy gives the signer for this component, or why none."""
        if self._policy is None:
            return None, "without a policy nobody says whether its signer may speak for the component"
        of_evidence = word.kind != DECLARATION
        expected = self._policy.evidence_signers if of_evidence else self._policy.signers_for(component)
        declared_at = word.statement.predicate.declared_at if word.statement is not None else None
        why = ""
        for signature in word.verified:
            try:
                rule = identity.match(
                    signature.signer,
                    expected,
                    root_sha256=signature.root_sha256,
                    signed_at=signature.signed_at,
                    component=component_text(component) if component is not None else "this component",
                    declared_at=declared_at,
                    revocations=self._policy.revocations_of(signature.signer),
                )
            except EvidenceRejected as error:
                why = error.message
                continue
            if of_evidence and word.predicate_type not in rule.predicate_types:
                why = "the policy does not accept this kind of statement of its signer"
                continue
            own = not of_evidence and rule.relationship in PROJECT_RELATIONSHIPS
            return (Voice.PROJECT_SIGNED if own else Voice.THIRD_PARTY_SIGNED), ""
        return None, why

    def _statement_note(self, word: SignedWord) -> str:
        if word.statement is None:
            return ""
        predicate, notes = word.statement.predicate, []
        if predicate.valid_until <= self._now:
            notes.append(f"it has expired on {predicate.valid_until:%Y-%m-%d}")
        if count := sum(not self._is_heard(entry, predicate) for entry in predicate.practices):
            notes.append(
                f"{count} of its practices are about a release, and left out: it is about the project"
            )
        return "; ".join(notes)

    def _is_heard(self, entry: PracticeEntry, predicate: Predicate) -> bool:
        practice = self._catalogue.practice(entry.id)
        return practice is None or predicate.speaks_of(practice.subject_level)

    def _declared(self, word: SignedWord, spoken: _Spoken, components: tuple[str, ...]) -> Declaration:
        """The part of the record for one word."""
        signed_at = min((each.signed_at for each in word.verified), default=None)
        part = Declaration(
            kind=word.kind,
            voice=spoken.voice,
            components=components,
            upstream=spoken.upstream,
            basis=spoken.basis,
            source=word.location,
            sha256=word.sha256,
            signer=spoken.signer,
            dated=signed_at,
            note=spoken.note,
        )
        if word.statement is None:
            return part
        predicate = word.statement.predicate
        return structs.replace(
            part,
            dated=predicate.declared_at if signed_at is None else min(signed_at, predicate.declared_at),
            valid_until=predicate.valid_until.date(),
            requests=shortened(predicate.declarant.requests or ""),
            said=tuple(self._said(predicate)),
            assumptions=tuple(
                Assumption(
                    id=shortened(each.id), text=shortened(each.text), if_violated=shortened(each.if_violated)
                )
                for each in predicate.assumptions
            ),
            left=tuple(
                Left(
                    letter=shortened(each.ref),
                    handling=shortened(each.handling),
                    provided=shortened(each.provided or ""),
                    left_to_integrator=shortened(each.left_to_integrator or ""),
                )
                for each in predicate.integrator
            ),
        )

    def _said(self, predicate: Predicate) -> Iterator[Said]:
        for entry in predicate.practices:
            if not self._is_heard(entry, predicate):
                continue
            practice = self._catalogue.practice(entry.id)
            yield Said(
                practice=shortened(entry.id),
                name=practice.title if practice is not None else "",
                status=_status(entry, observation=practice is not None and practice.is_observation),
                facts=tuple(_facts(entry)),
            )


def _bounded(gaps: list[SourceGap], what: str) -> Iterator[SourceGap]:
    yield from gaps[:MAX_GAPS]
    if len(gaps) > MAX_GAPS:
        more = len(gaps) - MAX_GAPS
        why = f"{more} more that are {what} are not listed"
        yield SourceGap(source="evidence in hand", why=why, kind=gaps[0].kind)


def _listed_ids(components: list[str]) -> str:
    more = f" and {len(components) - 3} more" if len(components) > 3 else ""  # noqa: PLR2004  a line
    return ", ".join(components[:3]) + more


# ---- how evidence and component belong together ----------------------------------------------------------


def _read(component: SurveyedComponent) -> _Component:
    repository = normal_repository(component.repository) if component.repository else ""
    return _Component(component, _canonical(component), _comparable(component), repository)


def _canonical(component: SurveyedComponent) -> Purl | None:
    """The component as a purl by which statements may be found, with its version; None if there is none.

    What has no canonical spelling, or more than one, is found by its digest alone.
    """
    if not component.purl.startswith("pkg:"):
        return None
    try:
        try:
            purl = parse_purl(component.purl)
        except PurlInvalid as error:
            purl = parse_purl(error.fix)
        if purl.version is None and component.version:
            return with_version(purl, component.version)
    except PurlInvalid:
        return None
    return purl


def _comparable(component: SurveyedComponent) -> frozenset[_Stated]:
    """The stated digests by which an artefact can be identified; never MD5 or SHA-1."""
    stated = {
        (each.algorithm, each.value) for each in component.digests if each.algorithm in DIGEST_HEX_LENGTHS
    }
    kind, _, rest = component.purl.removeprefix("pkg:").partition("/")
    _, mark, image = rest.replace("%3A", ":").partition("@sha256:")
    if kind in _OCI_TYPES and mark:
        stated.add(("sha256", image[: DIGEST_HEX_LENGTHS["sha256"]]))
    return frozenset(stated)


def _basis(number: int, component: _Component, index: _Index, *, pointed: bool) -> str:
    """How it is known that a word is about `component`.

    Raises:
        EvidenceRejected: it is about other bytes, another version, or another component.
    """
    word, is_equal = index.words[number], _is_same_artefact(number, component, index)
    predicate = word.statement.predicate if word.statement is not None else None
    _require_component(number, component, index)
    if is_equal:
        return BY_DIGEST
    if predicate is not None and predicate.kind == PROJECT and word.purls:
        return BY_SCOPE
    listed = index.first_digest[number]
    if other := next((listed[each] for each, _ in sorted(component.stated) if each in listed), ""):
        raise EvidenceRejected(
            f"it is about other bytes, {other}, than the SBOM states for this version; if both are right, it "
            "is about another file of it"
        )
    if pointed:
        return BY_POINTER
    if component.purl is None or component.purl.version is None:
        raise EvidenceRejected(
            "the SBOM states neither a digest nor a version by which they could be compared"
        )
    return BY_PURL


def _is_same_artefact(number: int, component: _Component, index: _Index) -> bool:
    """An entry of the word has the stated digests, in every algorithm that both have.

    Raises:
        EvidenceRejected: one has a stated digest and another one that differs, and none is better.
    """
    algorithms = {algorithm for algorithm, _ in component.stated}
    contradicts = False
    for digest in component.stated:
        for together in index.entries.get(digest, {}).get(number, ()):
            if all(each in component.stated for each in together if each[0] in algorithms):
                return True
            contradicts = True
    if contradicts:
        raise EvidenceRejected(
            "it has one digest that the SBOM states, and beside it another one that differs"
        )
    return False


def _require_component(number: int, component: _Component, index: _Index) -> None:
    """A statement that names components names this one, in this version.

    Raises:
        EvidenceRejected: it names others.
    """
    purl, word = component.purl, index.words[number]
    if word.purls and purl is not None and not _names(number, purl, index):
        of_this = tuple(index.purls.get(component_key(purl), {}).get(number, {}).values())
        shown = ", ".join(map(str, (of_this or word.purls)[:3]))
        raise EvidenceRejected(f"it says that it is about {shown}, and not about {purl}")


def _names(number: int, purl: Purl | None, index: _Index) -> bool:
    """A word names the component `purl`, in its version if that is known."""
    by_version = {} if purl is None else index.purls.get(component_key(purl), {}).get(number, {})
    if purl is None or not by_version or purl.version is None:
        return bool(by_version)
    statement = index.words[number].statement
    versions = statement.predicate.scope.versions if statement is not None else None
    named = tuple(by_version[each] for each in (purl.version, None) if each in by_version)
    return bool(named) and scope_names(named, purl, versions=versions)


# ---- what is said about a word ---------------------------------------------------------------------------


def _authorities(word: SignedWord) -> set[Hashable]:
    """Who stands behind a verified word, by each root: a key, a repository, or a person."""
    return {(each.root_sha256, *_authority(each.signer)) for each in word.verified}


def _authority(signer: SignerIdentity | SignerKey) -> tuple[str, str]:
    if isinstance(signer, SignerKey):
        return "key", signer.spki_sha256
    return signer.issuer, signer.source_repository or signer.san


def _places(word: SignedWord) -> Iterator[Hashable]:
    """What a later declaration replaces an earlier one by: the same signer and exactly the same artefacts."""
    about = frozenset(each.digests for each in word.subjects)
    yield from ((authority, about) for authority in _authorities(word))


def _made_at(word: SignedWord) -> datetime:
    """The earlier of the verified time and what a declaration says itself."""
    said = [word.statement.predicate.declared_at] if word.statement is not None else []
    return min([*said, *(each.signed_at for each in word.verified)])


def _replaced_by_date(declared: list[tuple[int, SignedWord]]) -> dict[int, str]:
    """Declarations of which a later one is by the same signer and about exactly the same artefacts."""
    latest: dict[Hashable, SignedWord] = {}
    for _, word in declared:
        for place in _places(word):
            if place not in latest or _made_at(latest[place]) < _made_at(word):
                latest[place] = word
    return {
        number: f"a later one of its signer replaces it, in {latest[place].location}"
        for number, word in declared
        for place in _places(word)
        if _made_at(latest[place]) > _made_at(word)
    }


def _replaced_by_name(
    declared: list[tuple[int, SignedWord]], words: tuple[SignedWord, ...]
) -> dict[int, str]:
    """Declarations that their signer has withdrawn, or named as replaced."""
    of_payload: dict[str, list[tuple[int, SignedWord]]] = defaultdict(list)
    for number, word in declared:
        of_payload[word.payload_sha256].append((number, word))
    found: dict[int, str] = {}
    for by in words:
        for payload, why in _takes_back(by):
            for number, word in of_payload.get(payload, ()):
                if _authorities(word) & _authorities(by):
                    found.setdefault(number, f"{why}, in {by.location}")
    return found


def _takes_back(word: SignedWord) -> Iterator[tuple[str, str]]:
    """The payloads that a verified word withdraws or replaces, and the words to say it with."""
    if not word.verified:
        return
    if word.withdrawal is not None:
        for each in word.withdrawal.withdrawal.withdraws:
            known = each.reason in set(Reason)
            reason = Reason(each.reason).meaning if known else "no reason that is known"
            yield each.payload_sha256, f"its signer has withdrawn it ({reason})"
    elif word.statement is not None:
        for cited in word.statement.predicate.supersedes:
            yield cited.payload_sha256, "its signer has replaced it"


def _signer_line(verified: tuple[VerifiedSignature, ...]) -> str:
    """What certificate or key prove, in one line; empty if nothing was verified."""
    if not verified:
        return ""
    signature = verified[0]
    signer, when = signature.signer, utc_text(signature.signed_at)
    if isinstance(signer, SignerKey):
        return f"key sha256:{signer.spki_sha256}, {when}"
    run = f" for {signer.source_repository}" if signer.source_repository else ""
    commit = f" at commit {signer.source_digest}" if signer.source_digest else ""
    return f"{shortened(signer.san)} ({shortened(signer.issuer)}){shortened(run)}{shortened(commit)}, {when}"


def _sandbox_note(word: SignedWord) -> str:
    if any(each.sandbox for each in word.verified):
        return "verified against a sandbox's root, which proves nothing outside of tests"
    return ""


_UNKNOWN_ORIGIN: Final = (
    "the component's repository is not known, so nothing shows that the workflow is that of its project"
)


def _origin_note(word: SignedWord, known: str) -> str:
    """That a build is of another repository than the component's, `known`: anyone can build anything."""
    built = {
        normal_repository(f"git+{each.signer.source_repository}")
        for each in word.verified
        if isinstance(each.signer, SignerIdentity) and each.signer.source_repository
    }
    if word.kind == DECLARATION or not known or not built or known in built:
        return ""
    return f"it was made for {', '.join(sorted(built))}, and the component's repository is {known}"


_KIND_NOTES: Final = {
    PUBLISHED: "it says only that the registry published this version",
    SIGNATURE: "a signature over the artefact itself; it says nothing about a build",
}


def _kind_note(word: SignedWord) -> str:
    if word.kind == OTHER:
        return f"a statement of type {shortened(word.predicate_type)}; what it says was not read"
    return _KIND_NOTES.get(word.kind, "")


def _status(entry: PracticeEntry, *, observation: bool) -> str:
    if entry.status is None:
        return "observation" if observation else "not a status of this version"
    return str(Status(entry.status))


def _facts(entry: PracticeEntry) -> Iterator[tuple[str, str]]:
    for name, text in (
        ("coverage", entry.coverage),
        ("reason", entry.reason),
        ("justification", entry.justification),
        ("implementedBy", entry.implemented_by),
    ):
        if text:
            yield name, shortened(text)
    yield from ((shortened(name), fact_text(value)) for name, value in entry.facts.items())


def _of_file(file: ProjectFile, basis: str, upstream: str, components: tuple[str, ...]) -> Declaration:
    return Declaration(
        kind=file.kind,
        voice=file.voice,
        components=components,
        upstream=upstream,
        basis=basis,
        source=file.source,
        sha256=file.sha256,
        dated=file.dated,
        valid_until=file.valid_until,
        note=file.note,
        said=file.said,
    )


def _of_pointer(url: str, why: str, components: tuple[str, ...]) -> Declaration:
    return Declaration(
        kind="pointer",
        voice=Voice.SUPPLIER,
        components=components,
        basis=BY_SBOM,
        source=shortened(url),
        note=why,
    )
