"""`avow sandbox`: a complete local Sigstore for people to try things out with."""

from __future__ import annotations

import shlex
import signal
import threading
from pathlib import Path
from types import FrameType

import click

from avow.values import printable


@click.command()
@click.option(
    "--directory",
    "-d",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where the configuration goes.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="On loopback; default: a free one.")
def sandbox(*, directory: Path, port: int) -> None:
    """Run a local Sigstore until interrupted: identity provider, CA, CT, Rekor v1 and v2, timestamping.

    The first line on standard output is its URL. DIRECTORY receives trusted_root.json, two signing
    configurations (signing_config_v1.json, signing_config_v2.json), client_trust_config.json, and token, a
    fresh identity token every few minutes. All keys are made at start and forgotten at the end: nothing it
    vouches for means anything elsewhere.
    """
    from avow.sandbox import run_directory  # noqa: PLC0415  not needed for --help

    stop = threading.Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    def announce(url: str) -> None:
        click.echo(url)
        place = printable(shlex.quote(str(directory)))
        click.echo("try  avow attest ARTEFACT --release 1.0 \\", err=True)
        click.echo(f"       --trust-config {place}/client_trust_config.json \\", err=True)
        click.echo(f'       --identity-token "$(cat {place}/token)"', err=True)

    signal.signal(signal.SIGTERM, finish)  # an orderly end; Ctrl-C is an interruption, as everywhere
    run_directory(directory, port=port, announce=announce, stop=stop)
