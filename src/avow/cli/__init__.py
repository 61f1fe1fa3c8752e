"""The command line: the table of commands, and the one place that turns errors into exit codes.

Each command has its own module, which is imported when it runs, so `avow --help` stays fast.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO

import click

from avow import __version__, errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMANDS: Final[dict[str, str]] = {
    "init": "Draft avow.yaml from what the repository already says.",
    "check": "Check a declaration; report all errors with position and fix.",
    "practices": "List and explain the practices of the catalogue.",
    "attest": "Sign a declaration for release artefacts.",
    "withdraw": "Take back a signed declaration.",
    "verify": "Verify the declaration of an artefact against identity and policy.",
    "start": "Write avow.toml, one folder for a product.",
    "data": "Keep snapshots of public data: add, list, verify, age, fetch.",
    "survey": "Say what is in products, what is known about it, and what was not looked at.",
    "plan": "Keep decisions about upstream projects and vulnerabilities, and what upstream knows.",
    "embed": "Write pointers to declarations into an SBOM, or read them back.",
    "inspect": "Show the content of a bundle: claims and certificate, kept apart.",
    "trust": "Show and pin trusted roots.",
    "sandbox": "Run a complete local Sigstore for trials and tests.",
}
"""The commands in the order a new user needs them, each with its line in `--help`. A command is the function
of that name in the module of that name under `avow.cli`."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command runs."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command `cmd_name`, imported now.

        Raises:
            click.UsageError: there is no such command.
        """
        if cmd_name not in COMMANDS:
            from difflib import get_close_matches  # noqa: PLC0415  only on this path

            near = get_close_matches(cmd_name, COMMANDS, n=1)
            ctx.fail(f"no such command: {cmd_name}" + (f"; did you mean {near[0]}?" if near else ""))
        import importlib  # noqa: PLC0415  not needed if no command runs

        _discard_log_records()
        module = importlib.import_module(f"avow.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """Write the table of commands without importing their modules."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 satisfied, 1 not satisfied, 2 usage or input error, 3 nothing to evaluate, "
    "4 evidence refused, 5 service did not answer, trusted root too old or clock behind, 70 bug in avow.",
)
@click.version_option(__version__, prog_name="avow")
def command() -> None:
    """Declare, sign and verify the cyber-resilience practices of an open source project."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and exit with its documented exit code.

    Every exception ends here.
    """
    _discard_warnings()
    sys.exit(run(arguments))


def _discard_warnings() -> None:
    """Keep Python warnings off the terminal, to the end of the process.

    They are written for the developers of whatever calls a library. A person who reads one in Avow's report
    can do nothing about it, and a hostile certificate can cause some. What a user has to know, Avow says
    itself. A filter alone is not enough: libraries put filters of their own in front when they are imported.
    """
    warnings.simplefilter("ignore")
    warnings.showwarning = lambda *_, **__: None


def _discard_log_records() -> None:
    """Keep log records that nobody handles off the terminal, for the reasons above.

    Without a handler, Python prints those from WARNING up to standard error.
    """
    import logging  # noqa: PLC0415  keeps it out of `--help`

    logging.lastResort = logging.NullHandler()


def run(arguments: list[str] | None = None) -> int:
    """The exit code of one command line; error messages go to standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a character that the terminal can't show becomes its code
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except OSError:  # standard output was closed by its reader, or even an error message can't be written
        _silence(sys.stdout)
        _silence(sys.stderr)
        return errors.EXIT_INPUT


def _run(arguments: list[str]) -> int:
    try:
        return _invoke(arguments)
    except errors.AvowError as error:
        return _report_error(error)
    except click.ClickException as error:
        return _report_misuse(error)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\ninterrupted; no file is left half-written", err=True)
        return errors.EXIT_INTERRUPTED
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        if error.filename is None:
            _silence(sys.stdout)
        _say_error(f"{error.filename or 'the output'} can't be used: {error.strerror}")
        return errors.EXIT_INPUT
    except Exception:  # noqa: BLE001  the outermost handler: whatever ends here is a bug in avow, reported as one
        import traceback  # noqa: PLC0415  only on this path

        _say(traceback.format_exc())
        _say_error("this is a bug in avow; please report it with the lines above")
        return errors.EXIT_BUG


def _invoke(arguments: list[str]) -> int:
    """The exit code of the command; not `Command.main`, which exits with 1 if a pipe is closed."""
    color = False if os.environ.get("NO_COLOR") else None
    result: Any
    try:
        with command.make_context("avow", list(arguments), color=color) as context:
            result = command.invoke(context)
    except click.exceptions.Exit as ended:
        result = ended.exit_code
    if sys.stdout is not None:
        sys.stdout.flush()
    return result if isinstance(result, int) else errors.EXIT_SATISFIED


def _report_error(error: errors.AvowError) -> int:
    _say_error(error.message)
    problems = error.problems if isinstance(error, errors.InputInvalid) else ()
    if len(problems) == 1 and problems[0].message in error.message and problems[0].fix in {"", error.hint}:
        problems = ()  # it would be printed twice
    for line in problem_lines(problems):
        click.echo(f"  {line}", err=True)
    if error.location and not problems and error.location not in error.message:
        _say(f"  at    {error.location}")
    if error.hint:
        _say(f"  next  {error.hint}")
    return error.exit_code


def _report_misuse(error: click.ClickException) -> int:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return errors.EXIT_INPUT
    message = error.format_message()
    if isinstance(error, click.MissingParameter):
        message = " ".join(message.split())  # click lists the words of a choice on lines of their own
    _say_error(message)
    _say(f"  next  {context.command_path if context else 'avow'} --help")
    return errors.EXIT_INPUT


def problem_lines(problems: Iterable[errors.Problem]) -> Iterator[str]:
    """One line per problem, in columns: position, practice, message, fix; safe to print."""
    from avow.values import printable  # noqa: PLC0415  keeps pydantic out of `--help`

    rows = [tuple(map(printable, (f.place, f.practice, f.message, f.fix))) for f in problems]
    places = max((len(place) for place, *_ in rows), default=0)
    practices = max((len(practice) + 2 for _, practice, *_ in rows if practice), default=0)
    for place, practice, message, fix in rows:
        yield f"{place:<{places}}  {practice:<{practices}}{message}{f'    {fix}' if fix else ''}"


def _say_error(message: str) -> None:
    from avow.values import printable  # noqa: PLC0415  keeps pydantic out of `--help`

    click.echo(f"{click.style('error:', fg='red', bold=True)} {printable(message)}", err=True)


def _say(text: str) -> None:
    """Print `text` to standard error line by line, escaped, because it may quote a hostile file."""
    from avow.values import printable  # noqa: PLC0415  keeps pydantic out of `--help`

    for line in text.splitlines():
        click.echo(printable(line), err=True)


def _silence(stream: TextIO | None) -> None:
    """Keep the interpreter from failing again on a closed or full output when it exits."""
    if stream is not None:
        with contextlib.suppress(OSError, ValueError):  # closed, or no file at all
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
