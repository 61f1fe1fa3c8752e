"""Trusted roots: loaded from a file, pinned by digest, never taken from an unverified cache.

Source: protobuf-specs, `sigstore_trustroot.proto`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from avow.errors import InputInvalid
from avow.files import read_bounded, read_pinned
from avow.formats.json_strict import JsonInvalid, parse
from avow.values import Frozen

MAX_ROOT_BYTES: Final = 1024 * 1024
"""Larger files are refused, never truncated; the public-good root has 7 kB."""

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"

SANDBOX_ORGANISATION: Final = "avow sandbox"
"""The organisation of every local sandbox's CA, whose keys are not protected; for tests only."""

PUBLIC_GOOD: Final = "sigstore:public-good"
"""The source name of the root in the sigstore package."""

_AUTHORITIES: Final = ("certificateAuthorities", "timestampAuthorities")

_EMBEDDED: Final = ("_store", "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev", "trusted_root.json")
"""Its path in the sigstore package; `tests/unit/transparency/test_trusted_root.py` fails if it moves."""


class TrustedService(Frozen):
    """One key or CA of a root, as `avow trust` lists it."""

    kind: str
    """`tlog`, `ca`, `ctlog` or `tsa`."""
    name: str
    identifier: str
    """The log id, or SHA-256 of the first certificate; hex."""
    start: str
    end: str | None


class TrustedRootFile(Frozen):
    """The bytes of a trusted root, and what they say about it."""

    data: bytes
    source: str
    sha256: str
    is_sandbox: bool

    @property
    def organisation(self) -> str:
        """The organisation of its certificate authorities; several are joined with commas."""
        authorities = _objects(read_document(self.data, source=self.source), "certificateAuthorities")
        return ", ".join(sorted({_organisation(each) for each in authorities}))

    @property
    def services(self) -> tuple[TrustedService, ...]:
        """Its logs, CAs and timestamping authorities, with their windows."""
        return tuple(_services(read_document(self.data, source=self.source)))


def load_root(path: Path, *, sha256: str | None = None) -> TrustedRootFile:
    """The trusted root in the file `path`; its SHA-256 must be `sha256`, if one is pinned.

    Raises:
        InputInvalid: the file is unreadable, too large, not a trusted root, or does not match the pin.
    """
    if sha256 is None:
        data = read_bounded(path, max_bytes=MAX_ROOT_BYTES)
    else:
        data = read_pinned(
            path,
            sha256=sha256,
            what="the trusted root",
            hint="restore the pinned file; only if its operator announced a new root, review it with "
            "`avow trust show` and pin it with `avow trust pin`",
            max_bytes=MAX_ROOT_BYTES,
        )
    return read_root(data, source=str(path))


def embedded_root() -> TrustedRootFile:
    """The public-good root in the installed sigstore package.

    It is as old as that package and as trustworthy as its installation; policies name a file and a digest.
    """
    data = files("sigstore").joinpath(*_EMBEDDED).read_bytes()
    return read_root(data, source=PUBLIC_GOOD)


def read_root(data: bytes, *, source: str) -> TrustedRootFile:
    """The trusted root in `data`; its keys are not parsed yet (`avow.transparency.open_backend` does that).

    Raises:
        InputInvalid: not strict JSON, or not a trusted root of the supported version.
    """
    document = read_document(data, source=source)
    authorities = [each for name in _AUTHORITIES for each in _objects(document, name)]
    return TrustedRootFile(
        data=data,
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        is_sandbox=names_sandbox(
            [_organisation(each) for each in authorities],
            [der for each in authorities for der in _certificates(each)],
        ),
    )


def read_document(data: bytes, *, source: str) -> dict[str, Any]:
    """The JSON of the trusted root in `data`; only its type and the spelling of its keys are checked.

    Raises:
        InputInvalid: not strict JSON, or not a trusted root of the supported version.
    """
    try:
        document = parse(data, source=source, max_bytes=MAX_ROOT_BYTES)
    except JsonInvalid as error:
        raise InputInvalid(
            f"not a trusted root: {error}",
            location=source,
            hint="a file contains one root; from a JSON Lines file, save the line of the instance you trust"
            if data.count(b'"mediaType"') > 1
            else "get the root again from where its operator publishes it",
        ) from error
    if not isinstance(document, dict) or document.get("mediaType") != MEDIA_TYPE:
        found = document.get("mediaType") if isinstance(document, dict) else None
        raise InputInvalid(
            f"not a supported trusted root: its mediaType is {found!r}",
            location=source,
            hint=f"use one with mediaType {MEDIA_TYPE}; a client trust configuration has it in trustedRoot",
        )
    if name := _snake_case_name(document):
        # sigstore also reads `cert_chain` for `certChain`, so a sandbox's authority would be missed here
        raise InputInvalid(
            f"not a supported trusted root: the field name {name!r} is not in lowerCamelCase",
            location=source,
            hint="get the root again from where its operator publishes it",
        )
    return document


def _snake_case_name(document: Mapping[str, Any]) -> str | None:
    """A field name with an underscore, if there is one."""
    unread: list[Any] = [document]
    while unread:
        value = unread.pop()
        if isinstance(value, dict):
            for name in value:
                if "_" in name:
                    return str(name)
            unread.extend(value.values())
        elif isinstance(value, list):
            unread.extend(value)
    return None


def names_sandbox(organisations: Iterable[str], certificates: Iterable[bytes]) -> bool:
    """A CA or TSA names the sandbox in the root's text or, if the text was edited, in a certificate."""
    marker = SANDBOX_ORGANISATION.encode()
    return SANDBOX_ORGANISATION in organisations or any(marker in der for der in certificates)


def _services(document: Mapping[str, Any]) -> Iterator[TrustedService]:
    for kind, field in (("tlog", "tlogs"), ("ctlog", "ctlogs")):
        for each in _objects(document, field):
            yield _service(
                kind,
                name=str(each.get("baseUrl", "")),
                identifier=_bytes(_object(each, "logId").get("keyId")).hex(),
                window=_object(_object(each, "publicKey"), "validFor"),
            )
    for kind, field in (("ca", "certificateAuthorities"), ("tsa", "timestampAuthorities")):
        for each in _objects(document, field):
            yield _service(
                kind,
                name=str(each.get("uri") or _organisation(each)),
                identifier=next((hashlib.sha256(der).hexdigest() for der in _certificates(each)), ""),
                window=_object(each, "validFor"),
            )


def _service(kind: str, *, name: str, identifier: str, window: Mapping[str, Any]) -> TrustedService:
    end = window.get("end")
    return TrustedService(
        kind=kind,
        name=name,
        identifier=identifier,
        start=str(window.get("start", "")),
        end=None if end is None else str(end),
    )


def _certificates(authority: Mapping[str, Any]) -> tuple[bytes, ...]:
    return tuple(
        _bytes(each.get("rawBytes")) for each in _objects(_object(authority, "certChain"), "certificates")
    )


def _organisation(authority: Mapping[str, Any]) -> str:
    return str(_object(authority, "subject").get("organization", ""))


def _object(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}


def _objects(parent: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    found = parent.get(name)
    return tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(text) if isinstance(text, str) else b""
    except ValueError:  # not base64, or not even ASCII
        return b""
