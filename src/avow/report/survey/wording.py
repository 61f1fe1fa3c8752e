"""The words that all reports of a survey share: numbers with plurals, reasons, voices, what the law dates.

Everything here is our own text. Texts of a record go through `shown` or through what its format needs.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from avow.record import EndOfLife, Exploited, Snapshot, Voice, Why
from avow.values import printable

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

PROPOSED_BY: Final = (
    "hits by CPE or by name are proposals: nobody has said that they are about this component"
)

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
    ("again", "How to check this again", "supports Annex VII 6, reports of tests, and Art 13(7)"),
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
        parts.append(f"named for {exploited.named_for}")
    if exploited.origin:
        parts.append(f"from {exploited.origin}")
    if exploited.via != "id" and exploited.cve != key:
        parts.append(f"as {exploited.cve}, {_VIA.get(exploited.via, exploited.via)}")
    return ", ".join(parts)


_VIA: Final = {"alias": "another name of it", "upstream": "which its distribution names as its upstream"}


def ending(found: EndOfLife) -> str:
    """What the list of support dates says of one release line."""
    if found.state == "cycle_not_found":
        return "release line not in the list"
    return {"true": "ended, date not known", "false": "no end known", "": "no date"}.get(found.eol, found.eol)


def dated(snapshot: Snapshot) -> str:
    """The date of a snapshot: when it was retrieved, else what it states."""
    return day(snapshot.retrieved or snapshot.stated, missing="undated")
