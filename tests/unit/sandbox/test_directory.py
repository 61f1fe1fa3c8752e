"""The directory has the files that other programs need, each complete, and a token that stays fresh."""

from __future__ import annotations

import json
import os
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sigstore.models import ClientTrustConfig, TrustedRoot

from avow.errors import InputInvalid
from avow.sandbox import Sandbox, run_directory, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.virtual_sigstore import VirtualSigstore

FILES = {
    "trusted_root.json",
    "signing_config_v1.json",
    "signing_config_v2.json",
    "client_trust_config.json",
    "token",
}


def rekor_versions(config: dict[str, Any]) -> list[int]:
    """The log versions that a signing configuration offers, the preferred one first."""
    return [service["majorApiVersion"] for service in config["rekorTlogUrls"]]


def test_the_files_are_what_clients_read(virtual: VirtualSigstore, tmp_path: Path) -> None:
    """Two signing configurations for one log each; the trust configuration offers both logs."""
    target = tmp_path / "made" / "on demand"

    write_files(virtual, target)

    assert {path.name for path in target.iterdir()} == FILES
    documents = {path.stem: json.loads(path.read_text()) for path in target.glob("*.json")}
    assert documents["trusted_root"] == virtual.trusted_root()
    assert rekor_versions(documents["signing_config_v1"]) == [1]
    assert rekor_versions(documents["signing_config_v2"]) == [2]
    assert rekor_versions(documents["client_trust_config"]["signingConfig"]) == [2, 1]
    assert documents["client_trust_config"]["trustedRoot"] == virtual.trusted_root()
    assert TrustedRoot.from_file(str(target / "trusted_root.json"))
    assert ClientTrustConfig.from_json((target / "client_trust_config.json").read_text())
    token = (target / "token").read_text()
    assert virtual.issuer.verify(token)["email"] == "maintainer@example.org"


def test_files_are_replaced_not_rewritten(virtual: VirtualSigstore, tmp_path: Path) -> None:
    """A reader that has opened the old file can read it to its end."""
    write_files(virtual, tmp_path)
    with (tmp_path / "token").open() as old:
        before = (tmp_path / "token").read_text()
        write_files(virtual, tmp_path)

        assert old.read() == before


def test_a_file_that_cant_be_replaced_leaves_no_litter(virtual: VirtualSigstore, tmp_path: Path) -> None:
    """The error names the path; no half-written file is left."""
    (tmp_path / "signing_config_v1.json").mkdir()

    with pytest.raises(InputInvalid) as error:
        write_files(virtual, tmp_path)

    assert error.value.location == str(tmp_path / "signing_config_v1.json")
    assert {path.name for path in tmp_path.iterdir()} == {"trusted_root.json", "signing_config_v1.json"}


def test_a_directory_that_is_a_file_is_an_input_error(virtual: VirtualSigstore, tmp_path: Path) -> None:
    """Before anything is served."""
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(InputInvalid):
        write_files(virtual, tmp_path / "file")


def test_an_interrupted_write_leaves_no_litter(
    virtual: VirtualSigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle of a file."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fdopen", interrupt)

    with pytest.raises(KeyboardInterrupt):
        write_files(virtual, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_running_announces_the_url_after_writing_all_files_and_renews_the_token(tmp_path: Path) -> None:
    """Who waits for the first line can start at once; the token is renewed until the sandbox stops."""
    stop = threading.Event()
    announced: list[tuple[str, set[str]]] = []

    def announce(url: str) -> None:
        announced.append((url, {path.name for path in tmp_path.iterdir()}))

    server = threading.Thread(
        target=run_directory,
        args=(tmp_path,),
        kwargs={"announce": announce, "stop": stop, "refresh": timedelta(milliseconds=20)},
    )
    server.start()
    try:
        tokens: set[str] = set()
        waited = threading.Event()
        for _ in range(500):
            if (tmp_path / "token").exists():
                tokens.add((tmp_path / "token").read_text())
            if len(tokens) > 1:
                break
            waited.wait(0.02)
    finally:
        stop.set()
        server.join(5)

    assert not server.is_alive()
    ((url, files),) = announced
    assert url.startswith("http://localhost:")
    assert files == FILES
    assert len(tokens) > 1


def test_running_on_a_taken_port_says_so_and_writes_nothing(tmp_path: Path) -> None:
    """The directory may belong to another sandbox."""
    with Sandbox() as other, pytest.raises(InputInvalid):
        run_directory(tmp_path, port=other.port, announce=print, stop=threading.Event())

    assert list(tmp_path.iterdir()) == []
