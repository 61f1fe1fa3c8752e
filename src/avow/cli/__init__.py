"""The command line: a table of commands, and the one place that turns errors into exit codes.

Commands live in one module per persona and are imported when they run, so that `avow --help` stays instant.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final, NoReturn

import click

from avow import __version__, errors

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "init": ("maintainer", "Draft avow.yaml from what the repository already says."),
    "check": ("maintainer", "Check a declaration; tell every fault with its place and fix."),
    "practices": ("maintainer", "List and explain the practices of the catalogue."),
    "attest": ("maintainer", "Sign a declaration for release artefacts."),
    "verify": ("manufacturer", "Verify an artefact's declaration against identity and policy."),
    "inspect": ("manufacturer", "Look inside a bundle: what is claimed, and what the certificate says."),
    "trust": ("manufacturer", "Show and pin trusted roots."),
    "sandbox": ("rehearsal", "Run a complete local Sigstore for trying out and tests."),
}
"""Command name: the module under `avow.cli` that holds it under the same name, and its line in `--help`."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """The commands in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        import importlib  # noqa: PLC0415  costs nothing where no command runs

        module = importlib.import_module(f"avow.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """Write the table above, without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 satisfied, 1 not satisfied, 2 input, 3 nothing to evaluate, 4 evidence refused, "
    "5 no answer or root too old, 70 a bug of ours.",
)
@click.version_option(__version__, prog_name="avow")
def command() -> None:
    """Declare, sign and verify the cyber-resilience practices of an open source project."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and leave with its documented exit code.

    This is one of the two doors at which every exception ends; the other is the admission webhook.
    """
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """The exit code of one command line; messages about failures go to standard error."""
    try:
        result: Any = command.main(args=arguments, prog_name="avow", standalone_mode=False)
        sys.stdout.flush()
    except errors.AvowError as error:
        return _tell(error)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return errors.EXIT_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; nothing half-written is left", err=True)
        return errors.EXIT_INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return errors.EXIT_INPUT
    except OSError as error:
        click.echo(f"error: output can't be written: {error.strerror}", err=True)
        _silence_stdout()
        return errors.EXIT_INPUT
    except Exception:  # the outermost door: whatever comes here is a bug of ours, and is said to be one
        import traceback  # noqa: PLC0415  only on this path

        traceback.print_exc()
        click.echo("error: this is a bug of avow's; please report it with the lines above", err=True)
        return errors.EXIT_BUG
    return result if isinstance(result, int) else errors.EXIT_SATISFIED


def _tell(error: errors.AvowError) -> int:
    from avow.domain import printable  # noqa: PLC0415  only on this path

    click.echo(f"{click.style('error:', fg='red', bold=True)} {printable(error.message)}", err=True)
    if isinstance(error, errors.InputInvalid):
        for fault in error.faults:
            click.echo("  " + printable(fault_line(fault)), err=True)
    if error.location and not getattr(error, "faults", ()):
        click.echo(f"  at    {printable(error.location)}", err=True)
    if error.hint:
        click.echo(f"  next  {printable(error.hint)}", err=True)
    return error.exit_code


def fault_line(fault: errors.Fault) -> str:
    """One fault on one line: place, practice, what is wrong, how to mend it."""
    parts = [fault.place, fault.practice, fault.message]
    line = "  ".join(part for part in parts if part)
    return f"{line}    {fault.fix}" if fault.fix else line


def _silence_stdout() -> None:
    """Keep the interpreter from failing once more on the closed or full output when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
