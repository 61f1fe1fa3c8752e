"""What somebody says about vulnerabilities of a component: findings of a scanner, and VEX.

A *finding* says that a component is affected by a vulnerability. A *VEX statement* says what that means for a
product. Both are somebody's word: the survey shows who said it, and neither removes the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Severity:
    """A rating as given; nothing is computed from it."""

    method: str
    """CVSS_V2, CVSS_V3, CVSS_V4, Ubuntu, or what the source calls it."""
    text: str
    """The vector, else the score or word."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """How a file names a component or product; each field as written, empty where it says nothing."""

    name: str = ""
    version: str = ""
    purl: str = ""
    cpe: str = ""
    ecosystem: str = ""
    """As OSV names it, where the file does."""
    digests: tuple[tuple[str, str], ...] = ()
    """Algorithm as hashlib names it, and value in lower-case hexadecimal."""
    ref: str = ""
    """An identifier of the same document (bom-ref, SPDXID, CSAF product id), or a place in its inventory.

    In a file of findings or VEX that was an SBOM: as `avow.findings.refs.whole_ref` writes it.
    """
    codes: tuple[str, ...] = ()
    """SKUs, model and serial numbers: shown, but they identify nothing in an SBOM."""


@dataclass(frozen=True, slots=True)
class VulnerabilityFinding:
    """One entry of somebody's findings: this component, this vulnerability."""

    place: str
    """A JSON pointer in the file, or the same by order in XML."""
    component: Named
    ids: tuple[str, ...]
    """Every name that the finding gives the vulnerability, its own first, without repeats."""
    related: tuple[str, ...] = ()
    """What the finding lists as an alias and is an advisory about several vulnerabilities, such as a DSA."""
    summary: str = ""
    severities: tuple[Severity, ...] = ()
    source: str = ""
    """Who found it, in the file's words (attribution, database)."""
    state: str = ""
    """The analysis state as written, if somebody analysed it."""
    justification: str = ""
    detail: str = ""
    suppressed: bool = False
    """The file marks it as suppressed; it stays a finding."""
    fixed: tuple[str, ...] = ()
    """Versions that the finding calls fixed."""
    withdrawn: str = ""
    """When the record was withdrawn, as written; then the finding is not about a vulnerability."""
    informational: str = ""
    """RustSec: unmaintained, unsound or notice; then the finding is not about a vulnerability."""


class VexStatus(StrEnum):
    """What a VEX statement says, in OpenVEX's four words; `status_text` has the original one."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"
    UNKNOWN = "unknown"
    """A word of the file that is none of these, or none at all."""


@dataclass(frozen=True, slots=True)
class VexProduct:
    """A product that a statement is about, and the parts of it that it names."""

    product: Named
    subcomponents: tuple[Named, ...] = ()
    """Empty: the statement is about the vulnerability in the whole product."""


@dataclass(frozen=True, slots=True)
class VexStatement:
    """One statement of one file about one vulnerability."""

    place: str
    ids: tuple[str, ...]
    """Every name of the vulnerability, its own first."""
    status: VexStatus
    status_text: str
    products: tuple[VexProduct, ...]
    justification: str = ""
    """In the file's words."""
    detail: str = ""
    """Impact or action statement, or the detail of an analysis."""
    moment: datetime | None = None
    """Of the statement, else of the document; UTC."""
    author: str = ""
    """A claim: nobody verified who wrote it."""
    document: str = ""
    """The document's own id."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a file of findings or VEX that could not be read, and why; never silently lost."""

    place: str
    message: str


MAX_UNREAD: Final = 1_000
"""Places of one file that could not be read are listed up to this number; the others are counted."""


@dataclass(slots=True)
class UnreadList:
    """Collects what could not be read of one file."""

    rest: str = "places could not be read"
    """What is said of those that are not listed, after "N more"."""
    found: list[Unread] = field(default_factory=list)
    left_out: int = 0

    def add(self, place: str, message: str) -> None:
        """Note one place."""
        if len(self.found) < MAX_UNREAD:
            self.found.append(Unread(place, message))
        else:
            self.left_out += 1

    def all(self) -> tuple[Unread, ...]:
        """In the order found, the last one saying how many are not listed, if any."""
        if not self.left_out:
            return tuple(self.found)
        return (*self.found, Unread("", f"{self.left_out} more {self.rest}"))


@dataclass(frozen=True, slots=True)
class FindingsFile:
    """What one file says about vulnerabilities, whatever its format."""

    format: str
    """`Dependency-Track FPF 1.1`, `OSV-Scanner`, `CycloneDX JSON 1.4`, `OpenVEX 0.2.0`, `CSAF 2.0`."""
    findings: tuple[VulnerabilityFinding, ...] = ()
    vex: tuple[VexStatement, ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader has to know: an empty list that may mean a failed export, for instance."""
    stated: datetime | None = None
    """The date that the file gives itself."""
    subject: str = ""
    """The project or product it says it is about."""
    author: str = ""
