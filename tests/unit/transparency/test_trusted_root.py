"""Trusted roots come from the named file, with the pinned bytes, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from support.virtual_sigstore import VirtualSigstore, encoded

from avow.errors import InputInvalid
from avow.transparency.trusted_root import (
    MAX_ROOT_BYTES,
    MEDIA_TYPE,
    PUBLIC_GOOD,
    embedded_root,
    load_root,
    read_root,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def root() -> bytes:
    """The root of a sandbox."""
    return VirtualSigstore().root()


def test_a_root_is_its_bytes(root: bytes, tmp_path: Path) -> None:
    """Bytes, digest and path of the file."""
    path = tmp_path / "root.json"
    path.write_bytes(root)

    loaded = load_root(path, sha256=hashlib.sha256(root).hexdigest().upper())

    assert loaded.data == root
    assert loaded.sha256 == hashlib.sha256(root).hexdigest()
    assert loaded.source == str(path)
    assert loaded.organisation == "avow sandbox"


def test_other_bytes_than_those_pinned_are_refused(root: bytes, tmp_path: Path) -> None:
    """One changed byte makes another root, even if the meaning is the same."""
    path = tmp_path / "root.json"
    path.write_bytes(root + b" ")

    with pytest.raises(InputInvalid, match=hashlib.sha256(root).hexdigest()) as refused:
        load_root(path, sha256=hashlib.sha256(root).hexdigest())

    assert refused.value.location == str(path)


def test_the_services_are_listed_with_their_windows(root: bytes) -> None:
    """Two logs, a CT log, a CA and a timestamping authority, each with its identifier."""
    services = read_root(root, source="x").services

    assert [each.kind for each in services] == ["tlog", "tlog", "ctlog", "ca", "tsa"]
    assert all(len(each.identifier) == 64 and each.start for each in services)
    assert all(each.end is None for each in services)


def test_an_end_is_listed(root: bytes) -> None:
    """A retired key can be distinguished from one in use."""
    document = json.loads(root)
    document["ctlogs"][0]["publicKey"]["validFor"]["end"] = "2025-01-01T00:00:00Z"

    assert [
        each.end for each in read_root(encoded(document), source="x").services if each.kind == "ctlog"
    ] == ["2025-01-01T00:00:00Z"]


def test_the_root_of_the_sigstore_package_is_listed() -> None:
    """The public-good root is found where the installed package has it."""
    found = embedded_root()

    assert found.source == PUBLIC_GOOD
    assert found.organisation == "sigstore.dev"
    assert not found.is_sandbox
    assert {"tlog", "ctlog", "ca", "tsa"} == {each.kind for each in found.services}


def test_a_sandbox_is_known_by_its_name(root: bytes) -> None:
    """A sandbox's root names the sandbox."""
    assert read_root(root, source="x").is_sandbox
    assert not read_root(VirtualSigstore(organisation="acme").root(), source="x").is_sandbox


@pytest.mark.parametrize("field", ["certificateAuthorities", "timestampAuthorities"])
def test_a_sandbox_is_known_by_its_certificates_too(field: str, root: bytes) -> None:
    """Editing the organisation hides nothing, because the CA and TSA certificates name it too."""
    document = json.loads(root)
    for name in ("certificateAuthorities", "timestampAuthorities"):
        document[name][0]["subject"]["organization"] = "acme"
        if name != field:
            document[name] = []

    assert read_root(encoded(document), source="x").is_sandbox


def test_a_sandbox_is_known_by_its_text_alone(root: bytes) -> None:
    """If only the root's text names the sandbox, that is enough."""
    document = json.loads(root)
    for name in ("certificateAuthorities", "timestampAuthorities"):
        document[name][0]["certChain"]["certificates"] = [{"rawBytes": "AAAA"}, {"rawBytes": "A"}, {}]

    assert read_root(encoded(document), source="x").is_sandbox


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"mediaType": "application/json"}',
        b'{"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json"}',
        f'{{"mediaType": "{MEDIA_TYPE}", "mediaType": "{MEDIA_TYPE}"}}'.encode(),
        f'{{"mediaType": "{MEDIA_TYPE}"}}\n{{"mediaType": "{MEDIA_TYPE}"}}'.encode(),
        f'{{"mediaType": "{MEDIA_TYPE}", "x": {"[" * 99}{"]" * 99}}}'.encode(),
    ],
    ids=["empty", "list", "no-media-type", "v0.2", "duplicate-key", "json-lines", "deep"],
)
def test_other_documents_are_refused(data: bytes) -> None:
    """Another document, another version, or two roots in one file."""
    with pytest.raises(InputInvalid) as refused:
        read_root(data, source="root.json")

    assert refused.value.location == "root.json"
    assert refused.value.hint


def test_a_second_spelling_hides_no_sandbox(root: bytes) -> None:
    """Protobuf also accepts `cert_chain`, so a root with that spelling is refused."""
    document = json.loads(root)
    for name in ("certificateAuthorities", "timestampAuthorities"):
        document[name][0]["subject"]["organization"] = "acme"
        document[name][0]["cert_chain"] = document[name][0].pop("certChain")

    with pytest.raises(InputInvalid, match="cert_chain"):
        read_root(encoded(document), source="x")


def test_damaged_members_are_listed_as_they_are() -> None:
    """Listing never fails; opening the root for verification does."""
    document: dict[str, Any] = {
        "mediaType": MEDIA_TYPE,
        "tlogs": [7, {}],
        "ctlogs": {},
        "certificateAuthorities": [{}],
    }

    assert [each.kind for each in read_root(encoded(document), source="x").services] == ["tlog", "ca"]


def test_an_unreadable_file_is_an_input_error(tmp_path: Path) -> None:
    """A missing file, a directory or a pipe without a writer: no traceback, and no waiting."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    for path in (tmp_path / "absent.json", tmp_path, pipe):
        with pytest.raises(InputInvalid) as refused:
            load_root(path)
        assert refused.value.location == str(path)


def test_a_huge_file_is_refused_and_not_read(tmp_path: Path) -> None:
    """A sparse file of 1 GB is cheap to create and cheap to refuse."""
    path = tmp_path / "root.json"
    with path.open("wb") as file:
        file.truncate(1024**3)

    with pytest.raises(InputInvalid, match=str(MAX_ROOT_BYTES)):
        load_root(path)
