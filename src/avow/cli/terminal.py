"""The terminal: messages to the user, and the questions of `avow init`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from avow.catalogue.practices import Catalogue
from avow.values import printable

if TYPE_CHECKING:
    from avow.catalogue.practices import Catalogue
    from avow.drafting.draft import Question


YES_NO: Final = ("yes", "no")
"""The answers at the terminal for what is `true` and `false` in a file."""


def is_interactive() -> bool:
    """A user can answer questions: standard input and standard error are terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


class Terminal:
    """Asks one question after another; Enter skips one, end of input (Ctrl-D) skips all that follow."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._practice: str | None = None
        self._skip_rest = False

    def ask(self, question: Question, *, problem: str) -> str | None:
        """The answer as typed, or None."""
        if self._skip_rest:
            return None
        if self._practice is None:
            click.echo(
                "These are questions that questionnaires usually contain. "
                "Enter skips one, Ctrl-D skips the rest, Ctrl-C quits without writing a file.",
                err=True,
            )
        if problem:
            click.echo(
                printable(f"  {'answer yes or no' if question.choices == YES_NO else problem}"), err=True
            )
        elif question.practice != self._practice:
            self._head(question)
        self._practice = question.practice
        choices = f" ({', '.join(question.choices)})" if question.choices else ""
        click.echo(printable(f"  {self._prompt(question)}{choices}: "), nl=False, err=True)
        line = sys.stdin.buffer.readline()
        if not line.endswith(b"\n"):
            self._skip_rest = True
            click.echo(err=True)
        return line.decode(errors="replace").strip() or None

    def _head(self, question: Question) -> None:
        practice = self._catalogue.practice(question.practice)
        if practice is not None:
            click.echo(f"\n{click.style(practice.id, bold=True)}  {practice.question}", err=True)

    def _prompt(self, question: Question) -> str:
        """The question without the practice's question, which is already shown above it."""
        practice = self._catalogue.practice(question.practice)
        return question.text.removeprefix(practice.question).strip() if practice else question.text


def say(line: str) -> None:
    """Print one line to standard error, with every character made printable."""
    click.echo(printable(line), err=True)


def count(number: int, noun: str, plural: str = "") -> str:
    """`number` and its noun, in the singular or plural; `plural` where an s is not enough."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
