"""The structure of a bundle is read within bounds, before anything in it is verified."""

from __future__ import annotations

import base64
import bz2
import io
import tarfile

import pytest

from avow.errors import BundleMalformed, UnsupportedEvidence
from avow.transparency.container import MAX_BUNDLE_BYTES, MAX_BUNDLE_VALUES, read_container


@pytest.mark.parametrize(
    ("many", "reason"),
    [
        (b"[]," * MAX_BUNDLE_VALUES, f"more than {MAX_BUNDLE_VALUES} values"),
        (b'{"a":1},' * MAX_BUNDLE_VALUES, f"more than {MAX_BUNDLE_VALUES} values"),
        (b" " * MAX_BUNDLE_BYTES, f"at most {MAX_BUNDLE_BYTES} are allowed"),
        (b"[" * 70 + b"]" * 70 + b",", "nested deeper than 64 levels"),
    ],
)
def test_a_bundle_has_bounds(many: bytes, reason: str) -> None:
    """Memory and time are spent on signed bytes only."""
    with pytest.raises(BundleMalformed, match=reason):
        read_container(b'{"x": [' + many + b"0]}", location="here")


BUNDLE = b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}'


def in_tar() -> bytes:
    """A tar archive with a bundle."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("a.sigstore.json")
        member.size = len(BUNDLE)
        tar.addfile(member, io.BytesIO(BUNDLE))
    return archive.getvalue()


PACKED = {
    "bzip2": bz2.compress(BUNDLE),
    "snappy": bytes([len(BUNDLE) + 128, 1, 60]) + b'{"mediaType":' + BUNDLE[13:],
    "base64": base64.b64encode(BUNDLE.replace(b" ", b"")),
    "a tar archive": in_tar(),
    "with its headers": b"HTTP/1.1 200 OK\r\n\r\n" + BUNDLE,
}
SAVED = {
    "the file is empty": b" \n",
    "a web page": b"\n<!DOCTYPE html><title>Sign in</title>",
    "other HTML or XML": b"<Error><Code>AccessDenied</Code></Error>",
    "an error message": b"404: Not Found",
    "a pointer of git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
    "an OpenPGP signature": b"-----BEGIN PGP SIGNATURE-----\n",
    "a key or certificate": b"-----BEGIN PUBLIC KEY-----\n",
    "minisign": b"untrusted comment: signature\n",
    "a server's message, 'Not Found'": b'{"message": "Not Found"}',
    "without any attestation": b'{"attestations": []}',
    "it has no mediaType": b'{"entry": "app.js"}',
}


@pytest.mark.parametrize(("form", "content"), PACKED.items(), ids=PACKED)
def test_what_a_bundle_is_packed_in(form: str, content: bytes) -> None:
    """It may be genuine inside."""
    with pytest.raises(UnsupportedEvidence, match=form) as refused:
        read_container(content, location="here")
    assert refused.value.hint.startswith("turn it into")


@pytest.mark.parametrize(("what", "content"), SAVED.items(), ids=SAVED)
def test_what_people_save_in_place_of_a_bundle(what: str, content: bytes) -> None:
    """It is named, with a step that helps."""
    with pytest.raises(BundleMalformed, match=what) as refused:
        read_container(content, location="here")
    assert refused.value.hint


def test_a_manifest_of_a_registry() -> None:
    """The bundle is a layer of it."""
    manifest = b'{"mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []}'
    with pytest.raises(UnsupportedEvidence, match="OCI manifest") as refused:
        read_container(manifest, location="here")
    assert "layer" in refused.value.hint
