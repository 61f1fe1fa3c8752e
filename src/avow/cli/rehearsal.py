"""`avow sandbox`: a complete local Sigstore for people to try things out with."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Final

import click

from avow.transparency.sandbox import Sandbox, write_files

REFRESH_S: Final = 240.0
"""Seconds between two tokens; each is good for ten minutes."""


@click.command()
@click.option(
    "--directory",
    "-d",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where the configuration goes.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port on loopback; 0 takes a free one.",
)
def sandbox(*, directory: Path, port: int) -> None:
    """Run a local Sigstore until interrupted: identity provider, CA, CT, Rekor v1 and v2, timestamping.

    The first line on standard output is its URL. DIRECTORY receives trusted_root.json, signing_config_v1.json,
    signing_config_v2.json, client_trust_config.json, and token, a fresh identity token every few minutes. All
    keys are made at start and forgotten at the end: nothing it vouches for means anything elsewhere.
    """
    stop = threading.Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, finish)
    with Sandbox(port=port) as running:
        write_files(running, directory)
        click.echo(running.url)
        click.echo(
            f"try: avow attest ARTEFACT --release 1.0 --trust-config {directory}/client_trust_config.json \\",
            err=True,
        )
        click.echo(f'         --identity-token "$(cat {directory}/token)"', err=True)
        while not stop.wait(REFRESH_S):
            write_files(running, directory)
