"""`avow sandbox`: run a complete local Sigstore for trials and tests."""

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
    help="Directory for the configuration files.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Loopback port. Default: any free port."
)
def sandbox(*, directory: Path, port: int) -> None:
    """Run a local Sigstore until interrupted: identity provider, CA, CT log, Rekor v1 and v2, timestamping.

    The first line on standard output is its URL. DIRECTORY gets trusted_root.json, two signing configurations
    (signing_config_v1.json, signing_config_v2.json), client_trust_config.json, and token, an identity token
    that is renewed every few minutes. All keys are created at the start and exist in memory only: signatures
    of a sandbox prove nothing to anyone else.
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

    signal.signal(signal.SIGTERM, finish)  # a normal end; Ctrl-C is an interruption, as in every command
    run_directory(directory, port=port, announce=announce, stop=stop)
