"""The person at the terminal: what commands say to them, and how `avow init` asks."""

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
"""In a file the words are true and false; at the terminal these."""


def somebody_is_there() -> bool:
    """A person can be asked: there is a terminal to read from, and one to write to."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


class Terminal:
    """Asks one question after the other. Enter skips one, the end of input (Ctrl-D) all that follow."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._practice: str | None = None
        self._over = False

    def ask(self, question: Question, *, problem: str) -> str | None:
        """The answer as typed, or None."""
        if self._over:
            return None
        if self._practice is None:
            click.echo(
                "What manufacturers ask first: Enter skips one, Ctrl-D the rest; Ctrl-C writes nothing.",
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
        click.echo(printable(f"  {self._asked(question)}{choices}: "), nl=False, err=True)
        line = sys.stdin.buffer.readline()
        if not line.endswith(b"\n"):
            self._over = True
            click.echo(err=True)
        return line.decode(errors="replace").strip() or None

    def _head(self, question: Question) -> None:
        practice = self._catalogue.practice(question.practice)
        if practice is not None:
            click.echo(f"\n{click.style(practice.id, bold=True)}  {practice.question}", err=True)

    def _asked(self, question: Question) -> str:
        """The question without the practice's own, which stands above it."""
        practice = self._catalogue.practice(question.practice)
        return question.text.removeprefix(practice.question).strip() if practice else question.text


def say(line: str) -> None:
    """One line for people, on standard error; every text in it is made printable."""
    click.echo(printable(line), err=True)


def count(number: int, noun: str) -> str:
    """`number` with its noun, in the plural where that is right."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
