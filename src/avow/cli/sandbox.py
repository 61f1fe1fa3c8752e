"""`avow sandbox`: run a complete local Sigstore for trials and tests."""

from __future__ import annotations

import select
import shlex
import signal
import socket
from pathlib import Path
from types import FrameType
from typing import Final

import click

from avow.cli.options import Command
from avow.values import printable

_SIGNALS: Final = 4096
"""Bytes read at once after a sleep: one for each signal that has come."""


class Termination:
    """SIGTERM as something to wait for; made once per process, and in its main thread.

    It holds no lock. A signal handler runs between any two instructions of the main thread. If it set a
    `threading.Event` for which that thread waits, it could need the very lock that the interrupted `wait`
    holds, and the process would hang for ever.

    Python runs a handler only when the main thread returns from the call it is in. A signal that comes just
    before that thread sleeps, or to another thread, does not end the sleep. The interpreter therefore also
    writes a byte to a socket for each signal (`signal.set_wakeup_fd`), and the sleep ends in every case.
    """

    def __init__(self) -> None:
        self._arrived = False
        self._woken, wake = socket.socketpair()
        self._woken.settimeout(0)
        wake.settimeout(0)
        # Never closed: a file that is opened later could get its number, and the byte of a signal.
        signal.set_wakeup_fd(wake.detach(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._arrive)

    def _arrive(self, signal_number: int, _frame: FrameType | None) -> None:
        # A second one changes nothing, also while the process ends.
        signal.signal(signal_number, signal.SIG_IGN)
        self._arrived = True

    def wait(self, timeout: float) -> bool:
        """The signal has arrived, or does within `timeout` seconds; another signal ends the wait early."""
        if not self._arrived and select.select([self._woken], [], [], timeout)[0]:
            self._woken.recv(_SIGNALS)
        return self._arrived


@click.command(cls=Command, epilog="Example: avow sandbox --directory sandbox")
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
    stop = Termination()  # an orderly end; Ctrl-C is an interruption, as everywhere

    from avow.sandbox import run_directory  # noqa: PLC0415  not needed for --help

    def announce(url: str) -> None:
        click.echo(url)
        place = printable(shlex.quote(str(directory)))
        click.echo("try  avow attest ARTEFACT --release 1.0 \\", err=True)
        click.echo(f"       --trust-config {place}/client_trust_config.json \\", err=True)
        click.echo(f'       --identity-token "$(cat {place}/token)"', err=True)

    run_directory(directory, port=port, announce=announce, stop=stop)
