"""The structure of a Sigstore bundle, before anything in it is verified.

This module reads unverified bytes. It only decides whether a bundle is *malformed* (no reader should accept
it), *unsupported* (genuine, but not verified by this version), or *ready to be verified*.

Source: protobuf-specs, `sigstore_bundle.proto`; Sigstore client specification, "Bundle".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_letters, digits
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

from avow.errors import BundleMalformed, SignatureRejected, UnsupportedEvidence
from avow.formats.json_strict import JsonInvalid, parse
from avow.transparency.pep740 import MARK, as_bundle, is_attestation

MAX_BUNDLE_BYTES: Final = 16 * 1024 * 1024
"""Larger bundles are refused, never truncated. The largest real one that was seen has 0.1 MB. A payload may
have 4 MiB, base64 adds a third, and a Rekor v1 `intoto` entry would contain it a second time."""

MAX_BUNDLE_VALUES: Final = 20_000
"""A bundle with 32 timestamps and an inclusion proof has about 200 values; its payload is one text. Without
this limit, 16 MiB of small values take seconds and gigabytes before any signature is checked."""

MAX_TIMESTAMPS: Final = 32
"""More are refused: checking each of them costs two P-384 signatures.

Source: sigstore-go, `maxAllowedTimestamps`.
"""

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle"
"""How every version's media type begins."""
_MEDIA_TYPES: Final = frozenset(
    {
        *(f"{MEDIA_TYPE}+json;version={version}" for version in ("0.1", "0.2", "0.3")),
        f"{MEDIA_TYPE}.v0.3+json",
    }
)
_PROMISE_VERSION: Final = f"{MEDIA_TYPE}+json;version=0.1"
"""The only version that allows a promise of inclusion without a proof."""

_BASE64_FIELDS: Final = frozenset(
    {
        "canonicalizedBody",
        "digest",
        "hashes",
        "keyId",
        "payload",
        "rawBytes",
        "rootHash",
        "sig",
        "signature",
        "signedEntryTimestamp",
        "signedTimestamp",
    }
)
_BASE64_ALPHABET: Final = f"{ascii_letters}{digits}+/".encode()
_BASE64_PADDING: Final = (b"", b"=", b"==")

_MAX_SHOWN: Final = 80

_OTHER_FORMS: Final = {
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\xef\xbb\xbf": "UTF-8 text with a byte order mark",
    b"\x1f\x8b": "a file that gzip packed",
    b"\x28\xb5\x2f\xfd": "a file that zstd packed",
    b"\xfd7zXZ": "a file that xz packed",
    b"PK\x03\x04": "a zip archive",
    b"BZh": "a file that bzip2 packed",
    b"eyJ": "base64 of JSON",
    b"HTTP/": "a server's answer with its headers",
}
"""How a file begins that a shell or a download turned into something else."""

_TAR_MARK: Final = slice(257, 262)


class _Foreign(NamedTuple):
    """Something that people save in place of a bundle."""

    start: bytes
    """How it begins, in lower case."""
    what: str
    hint: str


_FOREIGN: Final = (
    _Foreign(
        b"version https://git-lfs", "a pointer of git LFS in place of the file", hint="run git lfs pull"
    ),
    _Foreign(b"-----begin pgp", "an OpenPGP signature", hint="ask the project for a signed declaration"),
    _Foreign(
        b"untrusted comment:", "a signature of minisign", hint="ask the project for a signed declaration"
    ),
    _Foreign(b"-----begin", "a key or certificate in PEM", hint="name the bundle; a key belongs to --key"),
)
_MARKS: Final = (
    MEDIA_TYPE.partition("/")[2].encode(),
    b"dsseEnvelope",
    b"messageSignature",
    b"verificationMaterial",
    MARK,
)

_SECONDS = re.compile(r"[0-9]{1,12}")
_LAST_SECOND: Final = 253_402_300_799
"""9999-12-31T23:59:59Z, the last second that `datetime` and RFC 3339 can represent."""


class Content(StrEnum):
    """The kind of signed content; the values are the bundle's field names."""

    ENVELOPE = "dsseEnvelope"
    MESSAGE = "messageSignature"


class Material(StrEnum):
    """The kind of key material in the bundle."""

    CERTIFICATE = "certificate"
    KEY = "publicKey"


INTOTO: Final = "intoto/0.0.2"
"""The kind of entry by npm, cosign before version 3 and slsa-github-generator."""

_ENTRY_KINDS: Final = {
    Content.ENVELOPE: frozenset({"dsse/0.0.1", INTOTO, "hashedrekord/0.0.2"}),
    Content.MESSAGE: frozenset({"hashedrekord/0.0.1", "hashedrekord/0.0.2"}),
}


_Name = TypeVar("_Name", bound=str)


@dataclass(frozen=True, slots=True)
class Container:
    """The content that an unverified bundle claims: one signature over one content, at most one log entry."""

    document: dict[str, Any]
    content: Content
    material: Material

    def expect(self, content: Content, *, location: str) -> None:
        """The signature is over this kind of `content`.

        Raises:
            UnsupportedEvidence: it is over the other kind.
        """
        if self.content is not content:
            artefact, statement = "an artefact", "a statement"
            signed, expected = (artefact, statement) if content is Content.ENVELOPE else (statement, artefact)
            raise UnsupportedEvidence(f"the bundle signs {signed}, not {expected}", location=location)


def read_container(bundle: bytes, *, location: str) -> Container:
    """The structure of `bundle`: strict JSON of bounded size and depth, in a supported form.

    A bundle with a certificate has exactly one log entry; a bundle with a bare key may have none. A PEP 740
    attestation is read as the bundle that says the same.

    Raises:
        BundleMalformed: not a bundle of a supported version, or one that breaks the rules of its version.
        UnsupportedEvidence: packed, in another encoding, or a genuine form that this version can't verify.
        SignatureRejected: the kind of the log entry does not fit this content.
    """
    document = _document(bundle, location=location)
    media_type = _media_type(document, location=location)
    _well_formed(document, location=location)
    material = _object(document, "verificationMaterial", location=location)
    content = _one_of(document, tuple(Content), location=location)
    signer = _signer(material, location=location)
    if content == Content.ENVELOPE:
        _one_signature(document[content], location=location)
    else:
        _one_digest(document[content], location=location)
    _log_entry(material, content, media_type, signer=signer, location=location)
    _bounded_timestamps(material, location=location)
    return Container(document, content, signer)


def other_form(content: bytes) -> str | None:
    """What `content` looks like if a shell, a download or a packer turned text into something else."""
    if content[_TAR_MARK] == b"ustar":
        return "a tar archive"
    if form := next((form for start, form in _OTHER_FORMS.items() if content.startswith(start)), None):
        return form
    before, mark, _ = content[:20].partition(b'{"mediaType"')
    return "a file that snappy packed" if mark and any(byte > 127 for byte in before) else None  # noqa: PLR2004  ASCII


def is_marked(content: bytes) -> bool:
    """`content` has a word that every bundle has: a bundle, a damaged one, or something that contains one."""
    return any(mark in content for mark in _MARKS)


def require_marked(content: bytes, *, location: str) -> None:
    """`content` is not a well-known thing that people save in place of a bundle.

    Raises:
        BundleMalformed: it is; says what.
    """
    start = content[:64].lstrip().lower()
    if not content.strip():
        _malformed("not a Sigstore bundle: the file is empty", location)
    if start.startswith((b"<", b"404")):
        raise _saved_answer(
            "a web page, or other HTML or XML" if start[:1] == b"<" else "an error message", location
        )
    for each in _FOREIGN:
        if start.startswith(each.start):
            raise BundleMalformed(
                f"not a Sigstore bundle: it is {each.what}", location=location, hint=each.hint
            )


def require_text(content: bytes, *, location: str) -> None:
    """`content` is not in another form than the UTF-8 text that bundles are.

    Raises:
        UnsupportedEvidence: it is; what is inside may be a genuine bundle.
    """
    if form := other_form(content):
        raise UnsupportedEvidence(
            f"not a Sigstore bundle as it is: it looks like {form}",
            location=location,
            hint="turn it into the UTF-8 text of the bundle: unpack it, or convert it",
        )


def _document(bundle: bytes, *, location: str) -> dict[str, Any]:
    require_text(bundle, location=location)
    require_marked(bundle, location=location)
    try:
        document = parse(
            bundle, source=location or "bundle", max_bytes=MAX_BUNDLE_BYTES, max_values=MAX_BUNDLE_VALUES
        )
    except JsonInvalid as error:
        raise BundleMalformed(f"not a Sigstore bundle: {error}", location=location) from error
    if not isinstance(document, dict):
        _malformed("not a Sigstore bundle: the JSON is not an object", location)
    return as_bundle(document, location=location) if is_attestation(document) else document


def _well_formed(document: dict[str, Any], *, location: str) -> None:
    """All field names are in lowerCamelCase, and all base64 is in the form that every reader decodes alike.

    protobuf's JSON mapping also reads `media_type` for `mediaType`; with both present, readers could
    disagree.
    """
    unread = [document]
    while unread:
        for key, item in unread.pop().items():
            if "_" in key:
                _malformed(f"the field name {_shown(key)} is not in lowerCamelCase", location)
            if isinstance(item, dict):
                unread.append(item)
            elif key in _BASE64_FIELDS:
                if not all(map(_is_base64, item if isinstance(item, list) else (item,))):
                    _malformed(f"{key} is not base64", location)
            elif isinstance(item, list):
                unread.extend(each for each in item if isinstance(each, dict))


def _is_base64(value: object) -> bool:
    """The text has only the standard alphabet and padding at its end; decoding checks the length."""
    if not isinstance(value, str):
        return False
    rest = value.encode().translate(None, _BASE64_ALPHABET)
    return rest in _BASE64_PADDING and value.endswith(rest.decode())


def _media_type(document: dict[str, Any], *, location: str) -> str:
    media_type = document.get("mediaType")
    if not isinstance(media_type, str):
        if {"payload", "payloadType", "signatures"} <= document.keys():
            _unsupported("a bare DSSE envelope, without certificate and log entry,", location)
        if {"base64Signature", "rekorBundle"} <= document.keys():
            _unsupported("an older file of cosign, which has a signature and no statement,", location)
        if "attestation_bundles" in document:
            _unsupported("provenance of PEP 740, which has several attestations,", location)
        _refuse_answer(document, location=location)
        _malformed("not a Sigstore bundle: it has no mediaType", location)
    if media_type not in _MEDIA_TYPES:
        if media_type.startswith(MEDIA_TYPE):
            _unsupported(f"a bundle of version {_shown(media_type)}", location)
        if media_type in _OCI_MANIFESTS:
            raise UnsupportedEvidence(
                "an OCI manifest, which refers to the bundle and does not contain it",
                location=location,
                hint=f"get the layer whose media type begins with {MEDIA_TYPE}",
            )
        _malformed(f"not a Sigstore bundle: its mediaType is {_shown(media_type)}", location)
    return media_type


def _refuse_answer(document: dict[str, Any], *, location: str) -> None:
    """Say so if it is an answer of a forge without a bundle in it.

    Raises:
        BundleMalformed: it is.
    """
    if document.get("attestations") == []:
        raise BundleMalformed(
            "not a Sigstore bundle: it is a forge's answer without any attestation",
            location=location,
            hint="the forge has none for this digest; ask the project where its declaration is",
        )
    if isinstance(message := document.get("message"), str):
        raise _saved_answer(f"a server's message, {_shown(message)}", location)


def _saved_answer(what: str, location: str) -> BundleMalformed:
    return BundleMalformed(
        f"not a Sigstore bundle: it is {what}",
        location=location,
        hint="look at the address it was downloaded from, and whether that needs a login",
    )


_OCI_MANIFESTS: Final = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)


def _signer(material: dict[str, Any], *, location: str) -> Material:
    found = _one_of(material, ("certificate", "x509CertificateChain", "publicKey"), location=location)
    return Material.KEY if found == "publicKey" else Material.CERTIFICATE


def _one_signature(envelope: dict[str, Any], *, location: str) -> None:
    signatures = envelope.get("signatures")
    if not isinstance(signatures, list) or not signatures:
        _malformed("the DSSE envelope has no signature", location)
    if len(signatures) > 1:
        _unsupported(f"a DSSE envelope with {len(signatures)} signatures", location)


def _one_digest(message: dict[str, Any], *, location: str) -> None:
    digest = message.get("messageDigest")
    algorithm = digest.get("algorithm") if isinstance(digest, dict) else None
    if algorithm not in (None, "SHA2_256"):
        _unsupported(f"a signature over a {_shown(algorithm)} digest", location)


def _log_entry(
    material: dict[str, Any], content: Content, media_type: str, *, signer: Material, location: str
) -> None:
    entries = material.get("tlogEntries", [])
    if not isinstance(entries, list):
        _malformed("tlogEntries is not a list", location)
    if not entries:
        if signer is Material.KEY:
            return
        _unsupported("a bundle without a transparency log entry", location)
    if len(entries) > 1:
        _unsupported(f"a bundle with {len(entries)} transparency log entries", location)
    entry = entries[0]
    if not isinstance(entry, dict):
        _malformed("the log entry is not an object", location)
    kind = _object(entry, "kindVersion", location=location)
    name = f"{kind.get('kind')}/{kind.get('version')}"
    if name not in _ENTRY_KINDS[content]:
        if any(name in kinds for kinds in _ENTRY_KINDS.values()):
            raise SignatureRejected(f"a log entry of kind {name} can't be for a {content}", location=location)
        _unsupported(f"a log entry of kind {_shown(name)}", location)
    _complete_entry(entry, media_type, location=location)


def _complete_entry(entry: dict[str, Any], media_type: str, *, location: str) -> None:
    """A promise of inclusion comes with a proof and with the time of inclusion."""
    proof = entry.get("inclusionProof")
    promise = entry.get("inclusionPromise")
    has_checkpoint = isinstance(proof, dict) and proof.get("checkpoint")
    if media_type == _PROMISE_VERSION and promise and not has_checkpoint:
        _unsupported(
            "a v0.1 bundle with a promise of inclusion but without a proof that has a checkpoint", location
        )
    moment = entry.get("integratedTime", "0")
    if not isinstance(moment, str) or not _SECONDS.fullmatch(moment) or int(moment) > _LAST_SECOND:
        _malformed("integratedTime is not a time", location)
    if promise and int(moment) == 0:
        _malformed("the log entry promises inclusion but has no time", location)


def _bounded_timestamps(material: dict[str, Any], *, location: str) -> None:
    data = material.get("timestampVerificationData")
    timestamps = data.get("rfc3161Timestamps") if isinstance(data, dict) else None
    if isinstance(timestamps, list) and len(timestamps) > MAX_TIMESTAMPS:
        _malformed(
            f"the bundle has {len(timestamps)} timestamps; at most {MAX_TIMESTAMPS} are allowed", location
        )


def _object(parent: dict[str, Any], name: str, *, location: str) -> dict[str, Any]:
    found = parent.get(name)
    if not isinstance(found, dict):
        _malformed(f"the bundle has no {name}", location)
    return found


def _one_of(parent: dict[str, Any], names: tuple[_Name, ...], *, location: str) -> _Name:
    present = [name for name in names if parent.get(name) is not None]
    if len(present) != 1 or not isinstance(parent[present[0]], dict):
        _malformed(f"the bundle must have exactly one of {', '.join(names)}", location)
    return present[0]


def _shown(found: object) -> str:
    """`found` for a message: on one line, of bounded length."""
    text = repr(found)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _malformed(message: str, location: str) -> NoReturn:
    raise BundleMalformed(
        message, location=location, hint="get the bundle again from where the project publishes it"
    )


def _unsupported(what: str, location: str) -> NoReturn:
    raise UnsupportedEvidence(
        f"{what} can't be verified by this version; this does not mean that it is invalid",
        location=location,
        hint="ask the project for a bundle v0.1 to v0.3 with one signature and one dsse, intoto or "
        "hashedrekord log entry",
    )
