"""The sandbox's files for people and programs: trusted root, signing configuration, and a fresh token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from avow.files import write_atomically
from avow.sandbox.issuer import TOKEN_LIFETIME
from avow.sandbox.login import IDENTITY
from avow.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from avow.sandbox.instance import SigstoreInstance

TRUSTED_ROOT: Final = "trusted_root.json"
SIGNING_CONFIG_V1: Final = "signing_config_v1.json"
SIGNING_CONFIG_V2: Final = "signing_config_v2.json"
CLIENT_TRUST_CONFIG: Final = "client_trust_config.json"
TOKEN: Final = "token"  # noqa: S105  a file's name

REFRESH: Final = TOKEN_LIFETIME * 2 // 5
"""How often the token is renewed, so that a reader has at least six of its ten minutes left."""


class Stop(Protocol):
    """Says when to end: `threading.Event`, or something that a signal handler may set."""

    def wait(self, timeout: float, /) -> bool:
        """It is time to end, or comes to be within `timeout` seconds."""
        ...


def write_files(sandbox: SigstoreInstance, directory: Path) -> None:
    """Write the five files to `directory`, each completely or not at all; the directory is created if needed.

    `client_trust_config.json` offers both Rekor versions, each signing configuration offers one.

    Raises:
        InputInvalid: the directory or a file in it can't be written.
    """
    files: Mapping[str, str] = {
        TRUSTED_ROOT: json.dumps(sandbox.trusted_root(), indent=2),
        SIGNING_CONFIG_V1: json.dumps(sandbox.signing_config(1), indent=2),
        SIGNING_CONFIG_V2: json.dumps(sandbox.signing_config(2), indent=2),
        CLIENT_TRUST_CONFIG: sandbox.client_trust_config(None),
    }
    for name, text in files.items():
        write_atomically(directory / name, f"{text}\n".encode())
    write_token(sandbox, directory)


def write_token(sandbox: SigstoreInstance, directory: Path) -> None:
    """Write a fresh token, without a newline.

    Raises:
        InputInvalid: the file can't be written.
    """
    write_atomically(directory / TOKEN, sandbox.token(IDENTITY).encode())


def run_directory(
    directory: Path,
    *,
    port: int = 0,
    announce: Callable[[str], None],
    stop: Stop,
    refresh: timedelta = REFRESH,
) -> None:
    """Run a sandbox until `stop` says so; its files are in `directory` before `announce` gets its URL.

    Raises:
        InputInvalid: the port or the directory can't be used.
        ServiceUnavailable: the port is taken.
    """
    with Sandbox(port) as sandbox:
        write_files(sandbox, directory)
        announce(sandbox.url)
        while not stop.wait(refresh.total_seconds()):
            write_token(sandbox, directory)
