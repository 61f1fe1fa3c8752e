"""Reads a file of findings or VEX that the user brings, whatever tool wrote it.

A file is recognised by what is in it, never by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from avow.errors import InputInvalid
from avow.findings import csaf, dependency_track, openvex, osv_scanner
from avow.findings.boms import BomReader, is_bom, of_bom
from avow.findings.statements import FindingsFile
from avow.formats.foreign import shown
from avow.formats.json_document import read_json

MAX_BYTES: Final = 128 * 1024 * 1024
"""Of one file. CSAF documents of distributions have up to 10 MB; an export of 10,000 findings has 40 MB."""


@dataclass(frozen=True, slots=True)
class FindingsFormat:
    """One format: how it is recognised, and how it is read."""

    name: str
    sniff: Callable[[Any], bool]
    """Of the JSON value; looks at a few keys only."""
    read: Callable[[Any, str], FindingsFile]


@dataclass(frozen=True, slots=True)
class OtherFormat:
    """A format of findings that is recognised and not read, and what to export instead."""

    name: str
    sniff: Callable[[Any], bool]
    instead: str


def _has(*keys: str) -> Callable[[Any], bool]:
    return lambda document: isinstance(document, dict) and document.keys() >= set(keys)


FORMATS: Final = (
    FindingsFormat("CSAF 2.0", csaf.is_document, csaf.read_document),
    FindingsFormat("OpenVEX", openvex.is_document, openvex.read_document),
    FindingsFormat(
        "Dependency-Track findings (FPF)", dependency_track.is_export, dependency_track.read_export
    ),
    FindingsFormat(
        "Dependency-Track findings (API)", dependency_track.is_api_list, dependency_track.read_api_list
    ),
    FindingsFormat("OSV-Scanner JSON", osv_scanner.is_result, osv_scanner.read_result),
)
"""Beside these, every SBOM that `avow.sbom` reads can contain findings and VEX."""

NOT_READ: Final = (
    OtherFormat(
        "a list of Dependency-Track policy violations",
        dependency_track.is_violations,
        "export the project's findings (FPF) or CycloneDX with vulnerabilities (VDR)",
    ),
    OtherFormat("SARIF", _has("runs", "version"), "export CycloneDX with vulnerabilities from the same tool"),
    OtherFormat("Grype JSON", _has("matches", "descriptor"), "write CycloneDX: grype -o cyclonedx-json"),
    OtherFormat("Trivy JSON", _has("SchemaVersion", "Results"), "write CycloneDX: trivy with -f cyclonedx"),
    OtherFormat("npm audit JSON", _has("auditReportVersion"), "run OSV-Scanner on the lock file instead"),
    OtherFormat(
        "pip-audit JSON", _has("dependencies", "fixes"), "write CycloneDX: pip-audit -f cyclonedx-json"
    ),
    OtherFormat(
        "a signed envelope (DSSE)",
        _has("payload", "payloadType", "signatures"),
        "verify it with the tool that signed it, and give the document inside",
    ),
    OtherFormat(
        "an in-toto statement",
        _has("_type", "predicateType"),
        "give the document in its predicate as a file of its own",
    ),
    OtherFormat(
        "an OSV record",
        _has("id", "affected"),
        "give advisories as a snapshot of OSV; here findings about your components are read",
    ),
)

_HEAD_BYTES: Final = 4096
_BEFORE_THE_FIRST: Final = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""Byte order marks, the zero bytes of UTF-16, and blanks."""

_KEYS_SHOWN: Final = 8

READ_HERE: Final = f"{', '.join(each.name for each in FORMATS)}, CycloneDX and SPDX 3 with vulnerabilities"


def read_findings(data: bytes, *, source: str, read_sbom: BomReader) -> FindingsFile:
    """What the file says about vulnerabilities; what could not be read of it is in `unread`.

    `source` is used in messages. `read_sbom` reads the formats of SBOMs, which can contain findings and VEX;
    it is an argument because SBOMs are read with the types of this package.

    Raises:
        InputInvalid: larger than `MAX_BYTES`, broken, or not a format that is read; the hint says what to
            export instead.
    """
    if len(data) > MAX_BYTES:
        message = f"{source} has {len(data)} bytes; at most {MAX_BYTES} are read"
        raise InputInvalid(message, location=source, hint="export each project on its own")
    first = data[:_HEAD_BYTES].lstrip(_BEFORE_THE_FIRST)[:1]
    if first == b"<" or b"SPDXVersion:" in data[:_HEAD_BYTES]:
        return of_bom(read_sbom(data, source=source))
    if first not in {b"{", b"["}:
        raise _unknown(source, "it is neither JSON nor XML" if first else "it is empty")
    document = read_json(data, source=source, max_bytes=MAX_BYTES)
    known = [each for each in FORMATS if each.sniff(document)]
    names = [*(["an SBOM"] if is_bom(document) else []), *(each.name for each in known)]
    if len(names) > 1:
        message = f"{source} is {' and '.join(names)} at once"
        raise InputInvalid(message, location=source, hint="give each as a file of its own")
    if known:
        return known[0].read(document, source)
    if names:
        return of_bom(read_sbom(data, source=source))
    for other in NOT_READ:
        if other.sniff(document):
            message = f"{source} is {other.name}, which is not read here"
            raise InputInvalid(message, location=source, hint=other.instead)
    raise _unknown(source, _described(document))


def _described(document: Any) -> str:
    """What a JSON document is, for somebody who took it for something else."""
    if isinstance(document, list):
        return f"it is a list, which begins with {shown(document[0])}" if document else "it is an empty list"
    keys = ", ".join(shown(key) for key in list(document)[:_KEYS_SHOWN])
    return f"it is an object with the keys {keys}" if keys else "it is an empty object"


def _unknown(source: str, what: str) -> InputInvalid:
    return InputInvalid(
        f"{source} is not a file of findings or VEX that is read here: {what}",
        location=source,
        hint=f"read are: {READ_HERE}",
    )
