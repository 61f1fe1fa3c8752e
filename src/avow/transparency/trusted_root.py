"""Trusted roots: loaded from a path, pinned by digest, never from a cache that nobody vouches for.

Source: protobuf-specs, `sigstore_trustroot.proto`.
"""

from __future__ import annotations

import base64
import hashlib
import stat
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from avow.errors import InputInvalid
from avow.formats.json_strict import JsonInvalid, parse
from avow.values import Frozen

MAX_ROOT_BYTES: Final = 1024 * 1024
"""Larger files are refused, never truncated; the public-good root holds 7 kB."""

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"

SANDBOX_ORGANISATION: Final = "avow sandbox"
"""The organisation of every local sandbox's CA: keys that lie around, good for rehearsals only."""

PUBLIC_GOOD: Final = "sigstore:public-good"
"""The name under which the root inside the sigstore package is listed."""

_AUTHORITIES: Final = ("certificateAuthorities", "timestampAuthorities")

_EMBEDDED: Final = ("_store", "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev", "trusted_root.json")
"""Where the sigstore package keeps it; `tests/unit/test_trust.py` notices when it moves."""


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
    """The bytes of a trusted root and what they say about themselves."""

    data: bytes
    source: str
    sha256: str
    is_sandbox: bool

    @property
    def organisation(self) -> str:
        """The organisation of its certificate authorities; several are joined with a comma."""
        authorities = _objects(read_document(self.data, source=self.source), "certificateAuthorities")
        return ", ".join(sorted({_organisation(each) for each in authorities}))

    @property
    def services(self) -> tuple[TrustedService, ...]:
        """Its logs, CAs and timestamping authorities, with their windows."""
        return tuple(_services(read_document(self.data, source=self.source)))


def load_root(path: Path, *, sha256: str | None = None) -> TrustedRootFile:
    """The trusted root in the file `path`, whose SHA-256 has to be `sha256` where one is pinned.

    Raises:
        InputInvalid: unreadable, too large, not a trusted root, or other bytes than those pinned.
    """
    data = _bounded(path)
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256.lower():
        raise InputInvalid(
            f"the trusted root is pinned to sha256:{sha256.lower()}, and the file is sha256:{found}",
            location=str(path),
            hint="if the change was announced, look at it with `avow trust` and pin the new digest",
        )
    return read_root(data, source=str(path))


def embedded_root() -> TrustedRootFile:
    """The public-good root that came with the installed sigstore package.

    As old as that package and as trustworthy as its installation; a policy names a file and a digest instead.
    """
    data = files("sigstore").joinpath(*_EMBEDDED).read_bytes()
    return read_root(data, source=PUBLIC_GOOD)


def read_root(data: bytes, *, source: str) -> TrustedRootFile:
    """The trusted root in `data`, its keys not parsed yet (`avow.transparency.open_backend` does).

    Raises:
        InputInvalid: not strict JSON, or not a trusted root of the version that is read here.
    """
    document = read_document(data, source=source)
    authorities = [each for name in _AUTHORITIES for each in _objects(document, name)]
    return TrustedRootFile(
        data=data,
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        is_sandbox=vouches_for_rehearsals(
            [_organisation(each) for each in authorities],
            [der for each in authorities for der in _certificates(each)],
        ),
    )


def read_document(data: bytes, *, source: str) -> dict[str, Any]:
    """The JSON of the trusted root in `data`; nothing in it is checked but its type and its spelling.

    Raises:
        InputInvalid: not strict JSON, or not a trusted root of the version that is read here.
    """
    try:
        document = parse(data, source=source, max_bytes=MAX_ROOT_BYTES)
    except JsonInvalid as error:
        raise InputInvalid(
            f"no trusted root: {error}",
            location=source,
            hint="one root per file; of a JSON Lines file take the line of the instance you trust",
        ) from error
    if not isinstance(document, dict) or document.get("mediaType") != MEDIA_TYPE:
        found = document.get("mediaType") if isinstance(document, dict) else None
        raise InputInvalid(
            f"no trusted root that is read here: its mediaType is {found!r}",
            location=source,
            hint=f"expected {MEDIA_TYPE}; a client trust configuration holds one under trustedRoot",
        )
    if respelled := _respelt(document):
        # sigstore also reads `cert_chain` for `certChain`: a sandbox's authority would not be seen here
        raise InputInvalid(
            f"no trusted root that is read here: the field name {respelled!r} is not in lowerCamelCase",
            location=source,
            hint="get the root again from where its operator publishes it",
        )
    return document


def _respelt(document: Mapping[str, Any]) -> str | None:
    """A field name that is not in lowerCamelCase, if there is one."""
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


def _bounded(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # opening a pipe would wait for somebody to write
            raise InputInvalid("the trusted root is no regular file", location=str(path))
        with path.open("rb") as file:
            return file.read(MAX_ROOT_BYTES + 1)  # one more than is read: refused as too large
    except OSError as error:
        raise InputInvalid(f"the trusted root can't be read: {error.strerror}", location=str(path)) from error


def vouches_for_rehearsals(organisations: Iterable[str], certificates: Iterable[bytes]) -> bool:
    """A CA or TSA names the sandbox, in the root's words or in a certificate: editing one hides nothing."""
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
