"""`avow sandbox`: run a complete local Sigstore for trials and tests."""

from __future__ import annotations

import os
import select
import shlex
import signal
from pathlib import Path
from types import FrameType

import click

from avow.values import printable


class Termination:
    """SIGTERM as something to wait for; made once per process, and in its main thread.

    It holds no lock. A signal handler runs between any two instructions of the main thread. If it set a
    `threading.Event` for which that thread waits, it could need the very lock that the interrupted `wait`
    holds, and the process would hang for ever. Writing to a pipe needs nothing that others hold.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def arrive(self, signal_number: int, _frame: FrameType | None) -> None:
        """Handle the signal; a second one changes nothing, also while the process ends."""
        signal.signal(signal_number, signal.SIG_IGN)
        os.write(self._write, b"\0")

    def wait(self, timeout: float) -> bool:
        """The signal has arrived, or does within `timeout` seconds."""
        return bool(select.select([self._read], [], [], timeout)[0])


@click.command(epilog="Example: avow sandbox --directory sandbox")
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
    stop = Termination()
    signal.signal(signal.SIGTERM, stop.arrive)  # an orderly end; Ctrl-C is an interruption, as everywhere

    from avow.sandbox import run_directory  # noqa: PLC0415  not needed for --help

    def announce(url: str) -> None:
        click.echo(url)
        place = printable(shlex.quote(str(directory)))
        click.echo("try  avow attest ARTEFACT --release 1.0 \\", err=True)
        click.echo(f"       --trust-config {place}/client_trust_config.json \\", err=True)
        click.echo(f'       --identity-token "$(cat {place}/token)"', err=True)

    run_directory(directory, port=port, announce=announce, stop=stop)
