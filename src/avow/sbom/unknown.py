"""What is not an SBOM of a known format: what it looks like, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn

from avow.sbom.given import Given
from avow.values import printable

_SBOMS: Final = "SBOMs are CycloneDX (JSON, XML) or SPDX (JSON, tag-value, JSON-LD)"


class _Lookalike(NamedTuple):
    """Something that people give in the place of an SBOM."""

    what: str
    hint: str
    looks: Callable[[Given], bool]


def _begins(*beginnings: bytes) -> Callable[[Given], bool]:
    return lambda given: given.data.startswith(beginnings)


def _text(pattern: bytes) -> Callable[[Given], bool]:
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return lambda given: compiled.match(given.head) is not None


def _has(*keys: str) -> Callable[[Given], bool]:
    return lambda given: all(key in given.object for key in keys)


def _in_key(key: str, word: str) -> Callable[[Given], bool]:
    return lambda given: word in str(given.object.get(key, ""))[:500].lower()


def _in_document(key: str) -> Callable[[Given], bool]:
    def looks(given: Given) -> bool:
        document: Any = given.object.get("document")
        return isinstance(document, dict) and key in document

    return looks


_NOT_AN_SBOM: Final = "give it as findings or VEX, and give the SBOM as SBOM"
_UNPACK: Final = "unpack it first, and give the SBOM that is inside"
_EXPORT: Final = "export the SBOM as CycloneDX or SPDX"

_LOOKALIKES: Final = (
    _Lookalike("it is empty", "check the command that should have written it", lambda each: not each.head),
    _Lookalike("it is a gzip archive without SPDX documents", _UNPACK, _begins(b"\x1f\x8b")),
    _Lookalike("it is a zstd archive without SPDX documents", _UNPACK, _begins(b"\x28\xb5\x2f\xfd")),
    _Lookalike("it is a zip archive", _UNPACK, _begins(b"PK\x03\x04", b"PK\x05\x06")),
    _Lookalike("it is an xz archive", _UNPACK, _begins(b"\xfd7zXZ\x00")),
    _Lookalike("it is a bzip2 archive", _UNPACK, _begins(b"BZh")),
    _Lookalike("it is a PDF", _EXPORT, _begins(b"%PDF")),
    _Lookalike("it is a program", _EXPORT, _begins(b"\x7fELF", b"MZ")),
    _Lookalike(
        "it is a Git LFS pointer",
        "fetch the file itself with: git lfs pull",
        _text(rb"version https://git-lfs"),
    ),
    _Lookalike(
        "it is a web page",
        "download the raw file; a page for signing in looks like this, too",
        _text(rb"(?:(?><!--.*?-->)\s*+)*+(?:<!doctype html|<html[\s>])"),
    ),
    _Lookalike("it is SPDX as RDF/XML", "convert it to SPDX JSON", _text(rb"<.*?<rdf:RDF[\s>]")),
    _Lookalike("it is XML, but not CycloneDX", _EXPORT, _text(rb"<\?xml|<[A-Za-z!]")),
    _Lookalike(
        "it is SPDX as YAML",
        "convert it to SPDX JSON",
        _text(rb"(?:.*\n)?(?:spdxVersion|SPDXID): *[\"']?SPDX"),
    ),
    _Lookalike("it is a CSAF document", _NOT_AN_SBOM, _in_document("csaf_version")),
    _Lookalike("it is an OpenVEX document", _NOT_AN_SBOM, _in_key("@context", "openvex")),
    _Lookalike("it is an OSV-Scanner report", _NOT_AN_SBOM, _has("results", "experimental_config")),
    _Lookalike("it is a list of findings of Dependency-Track", _NOT_AN_SBOM, _has("findings", "project")),
    _Lookalike("it is a SARIF report", _EXPORT, _in_key("$schema", "sarif")),
    _Lookalike(
        "it is a signed envelope (DSSE)",
        "take the SBOM out of it: the predicate in its payload",
        _has("payload", "payloadType"),
    ),
    _Lookalike(
        "it is a Sigstore bundle", "give the SBOM, not the bundle that signs it", _has("verificationMaterial")
    ),
    _Lookalike(
        "it is an in-toto statement",
        "take the SBOM out of it: its predicate",
        _has("predicateType", "subject"),
    ),
    _Lookalike(
        "it is Syft's own JSON",
        "write another one with: syft -o cyclonedx-json",
        _has("artifacts", "descriptor"),
    ),
    _Lookalike(
        "it is Trivy's own JSON",
        "let Trivy write another one, as CycloneDX",
        _has("SchemaVersion", "ArtifactName"),
    ),
    _Lookalike("it is a lock file of npm", "make an SBOM of it with an SBOM tool", _has("lockfileVersion")),
    _Lookalike("it is JSON, but neither CycloneDX nor SPDX", _EXPORT, lambda given: given.json is not None),
    _Lookalike(
        "it looks like a table (CSV)",
        _EXPORT,
        _text(rb"[^\n\r<{]*(?:,[^\n\r,]*){2}[\r\n]|[^\n\r<{]*(?:;[^\n\r;]*){2}[\r\n]"),
    ),
)


def refuse_unknown(given: Given) -> NoReturn:
    """Refuse what no reader recognises, saying what it looks like.

    Raises:
        InputInvalid: always.
    """
    for each in _LOOKALIKES:
        if each.looks(given):
            given.refuse(f"not an SBOM of a known format: {each.what}", hint=each.hint)
    beginning = printable(given.head[:40].decode("utf-8", "replace"))
    given.refuse(f'not an SBOM of a known format: it begins with "{beginning}"', hint=f"{_EXPORT}; {_SBOMS}")
