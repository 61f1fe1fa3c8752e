"""The record of a survey: what is in the products, what is known, who said so, what was not looked at.

One model for every output: text, JSON, HTML, Markdown and CSV are written from it, and its JSON Schema is
published. It has no verdict and no score. Lists refer to each other by `id`, so the same component is written
once. Texts are foreign unless a field says otherwise: whoever shows one makes it safe for that place.

Names in JSON are in lowerCamelCase. From the first release on, fields are only added.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from avow.errors import InputInvalid
from avow.vocabulary import Voice

SURVEY_FORMAT: Final = "avow-survey/1"


class Why(StrEnum):
    """Why a component was not looked up; never the same as "nothing found"."""

    NO_PURL = "no_purl"
    BAD_PURL = "bad_purl"
    NO_VERSION = "no_version"
    VERSION_NOT_PARSED = "version_not_parsed"
    ECOSYSTEM_NOT_COVERED = "ecosystem_not_covered"
    """No snapshot has that ecosystem, or no public data of it exists; `whyDetail` has the purl type."""
    NO_DISTRO = "no_distro"
    """A package of a distribution without its release."""
    UNUSABLE_ENTRY = "unusable_entry"
    NO_SNAPSHOT = "no_snapshot"
    """No snapshot of advisories was given at all."""


class _Part(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A part of the record; fields with their default are left out of the JSON."""


class Tool(_Part, frozen=True, kw_only=True):
    """The program that made the record."""

    name: str
    version: str


class Product(_Part, frozen=True, kw_only=True):
    """What `avow.toml` says of the product; nothing of it is checked."""

    name: str
    placed_on_market: date | None = None
    """The first version's placing on the market; for hardware, the last unit's is another date."""
    support_end: date | None = None
    variants: tuple[str, ...] = ()


class Problem(_Part, frozen=True, kw_only=True):
    """Something wrong in an input that was read all the same."""

    kind: str
    place: str
    message: str
    value: str = ""


class FitnessCount(_Part, frozen=True, kw_only=True):
    """How many of the entries have a field, in the words of BSI TR-03183-2; a count, not a grade."""

    field: str
    have: int
    of: int
    cause: str = ""
    """What usually makes it missing, if entries lack it."""


class External(_Part, frozen=True, kw_only=True):
    """Elements in another document that was not given."""

    document: str
    elements: tuple[str, ...]
    in_hand: bool = False


class Sbom(_Part, frozen=True, kw_only=True):
    """One SBOM that was read."""

    id: str
    source: str
    sha256: str
    format: str
    identifier: str = ""
    created: datetime | None = None
    created_text: str = ""
    generators: tuple[str, ...] = ()
    supplier: str = ""
    roots: tuple[str, ...] = ()
    """Name and version of what the document is about."""
    entries: int
    components: int
    upstreams: int
    inputs: int = 0
    completeness: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    external: tuple[External, ...] = ()
    cycles: tuple[tuple[str, ...], ...] = ()
    cycles_in_all: int = 0
    """How many there are; only the first are in `cycles`."""
    """References of entries that depend on each other in a circle."""
    unreachable: int = 0
    """Entries that no chain of dependencies connects with the root, where the document has dependencies."""
    fitness: tuple[FitnessCount, ...] = ()
    problems: tuple[Problem, ...] = ()


class Snapshot(_Part, frozen=True, kw_only=True):
    """A file of public data, or one that the user brought, which this record rests on."""

    id: str
    kind: str
    path: str
    origin: str = ""
    """Empty: not stated."""
    retrieved: date | None = None
    stated: datetime | None = None
    """The date that the data gives itself."""
    sha256: str
    bytes: int
    records: int
    unread: int = 0
    """Records that could not be read."""
    licence: str = ""
    age_days: int | None = None
    warning: str = ""
    file: str = ""
    """The path of the file as the command found it, where `path` is relative to the data directory."""


class Place(_Part, frozen=True, kw_only=True):
    """Where a component is written down."""

    sbom: str
    """The id of the SBOM."""
    at: str


class Component(_Part, frozen=True, kw_only=True):
    """One component; entries of several SBOMs can be the same one."""

    id: str
    name: str
    version: str = ""
    version_from: str = ""
    """`field` where the purl has no version and the SBOM's version field was used."""
    purl: str = ""
    """As the SBOM writes it."""
    kind: str = ""
    """What the identifier is, where it names no package of a registry: local, generic, yocto, cpe, name."""
    cpes: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    """`algorithm:value` as stated; never compared with bytes here."""
    licences: tuple[str, ...] = ()
    supplier: str = ""
    modified: bool = False
    upstream: str = ""
    """The id of its upstream project."""
    places: tuple[Place, ...]
    looked_up: bool
    """Its advisories were looked up, by our own matching or by findings that name it."""
    why: Why | None = None
    why_detail: str = ""
    flags: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name and version, as a person would say it."""
        return f"{self.name} {self.version}".strip()


class Upstream(_Part, frozen=True, kw_only=True):
    """A project that components come from, as far as somebody said so."""

    id: str
    key: str
    """The same in every record: the repository, `pkg:TYPE/NAME`, `name:...` or `own:...`."""
    label: str
    repository: str = ""
    """Normalised address, if one is known."""
    basis: str
    """How it is known: map, vcs reference, purl, download location, or `name` where nothing says it."""
    components: tuple[str, ...]
    last_release: date | None = None
    last_security_fix: date | None = None
    history_source: str = ""
    """Where the two dates are from; empty means: not looked at."""


class Exploited(_Part, frozen=True, kw_only=True):
    """A list that names the vulnerability as exploited somewhere: a question, not a duty."""

    source: str
    """CISA KEV, EU KEV, EUVD."""
    snapshot: str
    cve: str
    via: str
    """id, alias or upstream: how the CVE and the advisory belong together."""
    added: date | None = None
    named_for: str = ""
    """The product that the list names it for, which may be another one."""
    origin: str = ""
    """EU KEV: who reported it, such as CRA for reports under Art 14; EUVD: the lists it repeats."""
    ransomware: str = ""


class Rating(_Part, frozen=True, kw_only=True):
    """A severity as its giver wrote it."""

    method: str
    text: str
    source: str = ""


class VexWord(_Part, frozen=True, kw_only=True):
    """What a VEX statement says about a match; it never removes the match."""

    status: str
    status_text: str = ""
    justification: str = ""
    detail: str = ""
    voice: Voice
    author: str = ""
    source: str
    """The file, or the SBOM."""
    moment: datetime | None = None
    superseded: bool = False
    """A later statement of the same document and author says something else."""


class Match(_Part, frozen=True, kw_only=True):
    """One component and one advisory that affects its version."""

    component: str
    advisory: str
    spoke: str
    """`findings` where a file of findings said it, `matching` where our own matching did."""
    voice: Voice | None = None
    """Whose findings these are; nobody's where our own matching spoke."""
    source: str = ""
    """The id of the snapshot or findings file."""
    also: tuple[str, ...] = ()
    """Where findings spoke: advisories of our own matching that say the same."""
    fixed: tuple[str, ...] = ()
    last_known_affected: str = ""
    """The advisory names no fix; later versions may be affected."""
    via: str = ""
    """upstream: found through the source package."""
    contested: bool = False
    flags: tuple[str, ...] = ()
    state: str = ""
    """The analysis state in the user's tool."""
    state_detail: str = ""
    suppressed: bool = False
    vex: tuple[VexWord, ...] = ()


class Vulnerability(_Part, frozen=True, kw_only=True):
    """One vulnerability under all its names: records that share an id are the same one."""

    key: str
    """The smallest CVE of the group, else its smallest id."""
    ids: tuple[str, ...]
    related_upstream: tuple[str, ...] = ()
    """Ids that a distribution's record names as its upstream."""
    summary: str = ""
    published: date | None = None
    malicious: bool = False
    ratings: tuple[Rating, ...] = ()
    exploited: tuple[Exploited, ...] = ()
    epss: str = ""
    """Probability and percentile as the file writes them, with its date."""
    matches: tuple[Match, ...]


class Aside(_Part, frozen=True, kw_only=True):
    """A component and an advisory that do not match: withdrawn, informational, undecidable, or proposed."""

    component: str
    advisory: str
    ids: tuple[str, ...] = ()
    reason: str
    dated: datetime | None = None
    flags: tuple[str, ...] = ()
    summary: str = ""


class EndOfLife(_Part, frozen=True, kw_only=True):
    """What a list of support dates says about a component's release line."""

    component: str
    product: str
    by: str
    """purl or cpe."""
    cycle: str = ""
    eol: str = ""
    """A date, `true` (ended, date unknown) or `false` (no end known); empty if the line is not listed."""
    state: str
    """eol, supported, cycle_not_found, or not_stated: the last two are not "supported"."""
    contested: str = ""
    snapshot: str = ""


class NotHeard(_Part, frozen=True, kw_only=True):
    """A VEX statement that applies to nothing here, or not to a component that it seems to be about."""

    source: str
    ids: tuple[str, ...]
    why: str
    component: str = ""


class Proposal(_Part, frozen=True, kw_only=True):
    """What somebody could decide about a component's identity: a row for `avow.map`."""

    component: str
    what: str
    """What is proposed, such as a purl or a repository."""
    basis: str
    """What it rests on: pedigree, source archive, vcs and other links, supplier, cpe."""
    row: str = ""
    """The row as it could be written."""


class Left(_Part, frozen=True, kw_only=True):
    """What a declaration says of one letter of Annex I Part I (2)."""

    letter: str
    handling: str
    provided: str = ""
    left_to_integrator: str = ""


class Assumption(_Part, frozen=True, kw_only=True):
    """A condition of use that a declaration states."""

    id: str
    text: str
    if_violated: str = ""


class Said(_Part, frozen=True, kw_only=True):
    """One practice and what somebody says about it."""

    practice: str
    name: str
    status: str
    facts: tuple[tuple[str, str], ...] = ()


class Declaration(_Part, frozen=True, kw_only=True):
    """A declaration, provenance or project file that was in hand and is about a component."""

    kind: str
    """declaration, provenance, published, attestation or signature; security-insights, checkout or scorecard;
    pointer."""
    voice: Voice
    components: tuple[str, ...]
    upstream: str = ""
    basis: str
    """How it belongs to the component: digest, purl and version, repository, pointer."""
    source: str
    sha256: str = ""
    signer: str = ""
    """What the certificate proves, in one line; empty if nobody verified it."""
    dated: datetime | None = None
    valid_until: date | None = None
    requests: str = ""
    """How its declarant wants to be asked: `no`, `viaSteward` or an address; empty if it does not say."""
    note: str = ""
    said: tuple[Said, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    left: tuple[Left, ...] = ()


class NotLookedUp(_Part, frozen=True, kw_only=True):
    """How many components were not looked up for one reason."""

    why: Why
    detail: str = ""
    count: int
    components: tuple[str, ...]


class SourceGap(_Part, frozen=True, kw_only=True):
    """Something that was in hand or could have been, and counts for nothing, with the reason."""

    source: str
    why: str
    kind: str = "note"
    """not_given, refused, about_nothing (it is about none of the components), or note."""


class Action(_Part, frozen=True, kw_only=True):
    """One thing to do first."""

    what: str
    why: str
    components: tuple[str, ...] = ()
    vulnerabilities: tuple[str, ...] = ()


class Totals(_Part, frozen=True, kw_only=True, omit_defaults=False):
    """The numbers of the first screen; a zero is written, too."""

    sboms: int
    entries: int
    components: int
    upstreams: int
    upstreams_named: int
    """Upstream projects whose repository somebody stated."""
    looked_up: int
    not_looked_up: int
    by_purl: int = 0
    by_cpe_only: int = 0
    by_digest: int = 0
    """Components with a digest of SHA-2 or SHA-3; stated, not compared."""
    by_name_only: int = 0
    vulnerabilities: int = 0
    vulnerable_components: int = 0
    matches: int = 0
    contested: int = 0
    from_findings: int = 0
    exploited: int = 0
    malicious: int = 0
    withdrawn: int = 0
    informational: int = 0
    undecidable: int = 0
    end_of_life: int = 0
    declarations: int = 0
    project_files: int = 0
    """Security Insights and checkouts."""
    published_results: int = 0
    """Scorecards."""
    provenance: int = 0
    proposals: int = 0


class SurveyRecord(_Part, frozen=True, kw_only=True, tag_field="format", tag=SURVEY_FORMAT):
    """Everything that one survey found; `made` is the only moment that depends on the clock.

    In JSON it begins with its format.
    """

    tool: Tool
    made: datetime
    by: str = ""
    """Who made it, as they say themselves; nothing is checked."""
    command: tuple[str, ...] = ()
    """The words of the command, to repeat it."""
    product: Product | None = None
    totals: Totals
    first: tuple[Action, ...] = ()
    """At most three."""
    sboms: tuple[Sbom, ...]
    snapshots: tuple[Snapshot, ...] = ()
    components: tuple[Component, ...]
    upstreams: tuple[Upstream, ...]
    vulnerabilities: tuple[Vulnerability, ...] = ()
    withdrawn: tuple[Aside, ...] = ()
    informational: tuple[Aside, ...] = ()
    undecidable: tuple[Aside, ...] = ()
    proposed: tuple[Aside, ...] = ()
    """Hits by CPE or name: never counted as identified."""
    end_of_life: tuple[EndOfLife, ...] = ()
    not_looked_up: tuple[NotLookedUp, ...] = ()
    gaps: tuple[SourceGap, ...] = ()
    vex_not_heard: tuple[NotHeard, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    proposals: tuple[Proposal, ...] = ()


def read_survey_record(data: bytes, *, source: str) -> SurveyRecord:
    """The record in `data`, as `avow survey` wrote it; fields of later versions are passed over.

    Raises:
        InputInvalid: not JSON, or not a record of a survey.
    """
    try:
        return msgspec.json.decode(data, type=SurveyRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputInvalid(
            f"{source} is not the record of a survey: {error}",
            location=source,
            hint="name the JSON file that avow survey writes with --record, of this version of avow",
        ) from error
