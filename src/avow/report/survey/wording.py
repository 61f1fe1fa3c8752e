"""The words that all reports of a survey share: numbers with plurals, reasons, voices, what the law dates.

Everything here is our own text. Texts of a record go through `shown` or through what its format needs.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from avow.record import EndOfLife, Exploited, Snapshot, SourceGap, Why
from avow.values import printable
from avow.vocabulary import Voice

NO_JUDGEMENT: Final = "No judgement was made."

NOT_NONE_FOUND: Final = 'not looked up is not the same as "none found"'

QUESTION: Final = "is it shipped, and reachable?"
"""What a listing as exploited asks; whether there is a duty is a separate finding (CRA, Art 3(42))."""

WHY: Final[dict[Why, str]] = {
    Why.NO_PURL: "no package URL (purl)",
    Why.BAD_PURL: "a purl that can't be read",
    Why.NO_VERSION: "no version",
    Why.VERSION_NOT_PARSED: "a version that the order of its ecosystem can't place",
    Why.ECOSYSTEM_NOT_COVERED: "an ecosystem that no snapshot covers",
    Why.NO_DISTRO: "a package of a distribution without its release",
    Why.UNUSABLE_ENTRY: "an entry that could not be used",
    Why.NO_SNAPSHOT: "no snapshot of advisories was given",
}

VOICES: Final[dict[Voice, str]] = {
    Voice.PROJECT_SIGNED: "the project, signed",
    Voice.PROJECT_UNSIGNED: "the project, unsigned",
    Voice.SUPPLIER: "the supplier",
    Voice.THIRD_PARTY_SIGNED: "a third party, signed",
    Voice.THIRD_PARTY_UNSIGNED: "a third party, unsigned",
    Voice.BUILD_SIGNED: "the build, signed: it proves origin, not a practice",
    Voice.SIGNED_UNVERIFIED: "signed, not verified: it proves nothing yet",
    Voice.OBSERVED_BY_US: "a tool that you ran",
    Voice.OWN: "your own analysis",
    Voice.NOBODY: "nobody",
}

KINDS: Final[dict[str, str]] = {
    "declaration": "declaration of practices",
    "provenance": "build provenance",
    "security-insights": "Security Insights file",
    "checkout": "files of a checkout",
    "scorecard": "published Scorecard",
    "pointer": "pointer to a statement that is not in hand",
}

DATA: Final[dict[str, str]] = {
    "osv": "advisories (OSV)",
    "osv-ecosystems": "list of ecosystems (OSV)",
    "kev": "CISA KEV",
    "eukev": "EU KEV",
    "euvd": "ENISA EUVD",
    "epss": "EPSS",
    "endoflife": "support dates (endoflife.date)",
    "history": "update history",
    "scorecard": "published Scorecards",
    "vex": "VEX",
    "csaf": "CSAF",
    "dependency-track": "findings of Dependency-Track",
    "osv-scanner": "findings of OSV-Scanner",
    "cyclonedx": "findings and VEX (CycloneDX)",
}
"""Kinds of data files, where another word says more."""

SCORED: Final = "scored"
SCORE_MEANS: Final = "A score is what the tool saw; it does not say that the practice is followed."

PROBLEMS: Final[dict[str, str]] = {
    "shape": "value of another type than the format says",
    "unusable_entry": "entry that can't be used",
    "duplicate_ref": "identifier used twice",
    "dangling_ref": "reference to nothing in the document",
    "no_root": "nothing says what the document is about",
    "every_package_is_a_root": "every package is called what the document is about",
    "not_an_spdx_id": "identifier that SPDX does not allow",
    "bad_purl": "purl that can't be read",
    "bad_cpe": "CPE that can't be read",
    "bad_digest": "digest that can't be read",
    "not_a_date": "date that is not one",
    "no_time_zone": "date without a time zone",
    "implausible_date": "date that is not plausible",
    "beyond_limit": "more than is read",
    "not_read": "part that is not read",
}
"""Kinds of problems of a document that was read all the same."""

REASONS: Final[dict[str, str]] = {
    "comparison_not_possible": "the versions can't be compared",
    "no_range_no_list": "the advisory names no versions",
    "only_commit_ranges": "the advisory names commits only",
    "vendor_rebuild": "a vendor's rebuild may have the fix already",
    "withdrawn": "withdrawn by its source",
    "informational": "it describes no vulnerability",
}
"""Why a component and an advisory do not count as a match."""

BASES: Final[dict[str, str]] = {
    "map": "your map",
    "purl": "its purl",
    "cpe": "its CPE",
    "name": "no repository stated",
    "vcs": "its repository link",
    "source-distribution": "its source link",
    "distribution": "its distribution link",
    "download": "its download link",
    "website": "its web site",
    "issue-tracker": "its issue tracker's link",
    "pedigree": "its pedigree",
    "supplier": "its supplier",
}
"""What an upstream project or a proposal is known by."""

STATES: Final[dict[str, str]] = {
    "eol": "past end of life",
    "supported": "supported",
    "cycle_not_found": "release line not in the list",
    "not_stated": "the list states no end",
}

GAPS: Final[dict[str, str]] = {
    "not_given": "Not given",
    "refused": "Refused",
    "about_nothing": "About nothing in this product",
    "note": "Notes",
}
"""Why a source counts for nothing, in the order in which it is shown."""

_ADVICE: Final[dict[str, str]] = {"the purl type of Alpine's packages is apk": "alpine {} (write apk)"}
"""Details that are shorter with their number inside."""

ANNEX_I: Final[dict[str, str]] = {
    "a": "no known exploitable vulnerabilities",
    "b": "secure by default configuration",
    "c": "security updates",
    "d": "protection from unauthorised access",
    "e": "confidentiality",
    "f": "integrity",
    "g": "minimal data",
    "h": "availability",
    "i": "impact on other devices and networks",
    "j": "limited attack surfaces",
    "k": "reduced impact of incidents",
    "l": "logging and monitoring",
    "m": "removal of data and settings",
}
"""The letters of Annex I Part I (2), shortened to a heading. Source: Regulation (EU) 2024/2847."""

LAW: Final = (
    "Regulation (EU) 2024/2847, the Cyber Resilience Act. Art 14 (reporting) applies since 2026-09-11, also "
    "to products that were on the market before (Art 69(3)); Chapter IV since 2026-06-11; everything else, "
    "Art 13 included, from 2027-12-11 (Art 71(2))."
)
EDITIONS: Final = (
    "Readings of the Commission are cited from its guidance C(2026) 5252, published on 2026-07-27 and not "
    "binding, and from its FAQ 1.4 of 2026-09-04."
)
PREPARES: Final = (
    "This record prepares for due diligence under Art 13(5): it says what is known about the components, who "
    "said it and what nobody looked at. It does not decide anything."
)
KNOWN: Final = (
    "What a public database lists is known (Commission reading, guidance points 231 to 235, not binding). "
    "Whether it can be exploited in this product is a separate finding, and your own."
)
LISTED: Final = (
    "A list names these as exploited somewhere, which is a question: is it shipped in this product, and "
    "reachable? Listing alone is not evidence about this product."
)
HORIZON: Final = (
    "An earlier end of a component's support is an item for planning. Support of components with core "
    "functions may count for the product's support period (Art 13(8); Commission reading, guidance "
    "points 125 and 126)."
)

SUPPORTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("what", "What this is", "supports Annex VII 1, the description with versions and variants"),
    (
        "scope",
        "Scope and blind spots",
        "supports Annex VII 2(b), the software bill of materials, and Art 13(7)",
    ),
    (
        "vulnerabilities",
        "Exploited and known vulnerabilities",
        "supports Annex VII 2(b), vulnerability handling, and 3, the risk assessment",
    ),
    ("horizon", "Support horizon", "supports Annex VII 4, what the support period was determined from"),
    (
        "upstream",
        "Upstream projects",
        "supports Annex VII 2(a), what is relied on, and 3; due diligence of Art 13(5)",
    ),
    (
        "again",
        "How to check this again",
        "supports Art 13(7), systematic documentation, and Annex VII 6 where used as a report of checks",
    ),
)
"""Anchor, title, and where in the technical documentation the section goes."""

MAX_SHOWN: Final = 400
"""Characters of one foreign text in a report for people; the JSON record has all of it."""

_CREDENTIALS: Final = re.compile(
    r"(?P<scheme>(?::|%3a)(?://|%2f%2f))[^/\s?#&@\"'<>|\\]{0,300}(?:@|%40)", re.IGNORECASE
)
"""User and password of a web address, also of one that is percent-encoded in a purl."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 component`, `2,000 components`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def without_credentials(text: str) -> str:
    """`text` with user and password left out of each address in it."""
    return _CREDENTIALS.sub(r"\g<scheme>", text)


def shown(text: str, *, limit: int = MAX_SHOWN) -> str:
    """A foreign text for people: no credentials, nothing that a terminal acts on, not longer than `limit`."""
    plain = without_credentials(text)
    cut = plain if len(plain) <= limit else f"{plain[: limit - 1]}…"
    if cut.isascii() and cut.isprintable() and "::" not in cut and "##" not in cut:
        return cut  # what `printable` would return, ten times as fast
    return printable(cut)


def web_address(text: str) -> str:
    """`text` as a link may have it: http or https, without credentials; empty for anything else."""
    plain = without_credentials(text)
    if re.fullmatch(r"https?://[!-~]{1,2000}", plain) is None or printable(plain) != plain:
        return ""
    return plain


def day(moment: datetime | date | None, *, missing: str = "not stated") -> str:
    """The date of `moment`, which is in UTC where it has a time."""
    if moment is None:
        return missing
    return moment.date().isoformat() if isinstance(moment, datetime) else moment.isoformat()


def listed(exploited: Exploited, *, key: str) -> str:
    """Which list says it of the vulnerability `key`, since when, and for what."""
    parts = [exploited.source]
    if exploited.added is not None:
        parts.append(f"added {exploited.added.isoformat()}")
    if exploited.named_for:
        parts.append(f"listed for {exploited.named_for}")
    if exploited.origin:
        repeats = exploited.origin.startswith("repeats ")
        parts.append(exploited.origin if repeats else f"from {exploited.origin}")
    if exploited.via != "id" and exploited.cve != key:
        parts.append(f"as {exploited.cve}, {_VIA.get(exploited.via, exploited.via)}")
    return ", ".join(parts)


_VIA: Final = {"alias": "another name of it", "upstream": "which its distribution names as its upstream"}


def ending(found: EndOfLife) -> str:
    """What the list of support dates says of one release line."""
    if found.state == "cycle_not_found":
        return "release line not in the list"
    return {"true": "ended, date not known", "false": "no end known", "": "no date"}.get(found.eol, found.eol)


def data_day(snapshot: Snapshot) -> date | None:
    """The day that a file states, else that of its retrieval: its age is counted from there."""
    return snapshot.stated.date() if snapshot.stated is not None else snapshot.retrieved


def gap_reason(gap: SourceGap) -> str:
    """Why a source counts for nothing, without the word that is the heading already."""
    return gap.why.removeprefix("refused: ") if gap.kind == "refused" else gap.why


def detailed(detail: str, count: int) -> str:
    """A detail of why components were not looked up, with their number."""
    if detail in _ADVICE:
        return _ADVICE[detail].format(f"{count:,}")
    return f"{detail} ({count:,})" if " " in detail else f"{detail} {count:,}"
