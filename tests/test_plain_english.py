"""The language of the program: no word that nobody says, and no hint that names what does not exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import messages as texts
import pytest
from click.testing import CliRunner

from avow.cli import COMMANDS, command

ROOT = Path(__file__).parent.parent
MESSAGES = list(texts.messages())
COMMAND_NAMES = set(COMMANDS)
OPTIONS: dict[str, set[str]] = {}
for _name in COMMANDS:
    with click.Context(command) as _context:
        _found = command.get_command(_context, _name)
    assert _found is not None
    _parameters = [*_found.params]
    if isinstance(_found, click.Group):
        _parameters += [each for sub in _found.commands.values() for each in sub.params]
    OPTIONS[_name] = {opt for each in _parameters for opt in (*each.opts, *each.secondary_opts)}
ALL_OPTIONS = {"--help", "--version"}.union(*OPTIONS.values())

FOREIGN_OPTIONS = {
    "--provenance",
    *("--fail", "--location", "--proto", "--proto-redir", "--max-filesize"),
}
"""Options of other programs that a message may name."""


def test_messages_use_plain_words() -> None:
    """The words of version 1 that nobody says; the list says what to write instead."""
    assert texts.problems(iter(MESSAGES)) == []


@pytest.mark.parametrize("folder", ["src/avow", "tests", "tools", "benchmarks", "examples"])
def test_docstrings_use_plain_words(folder: str) -> None:
    """Code is read by people, too."""
    assert texts.problems(texts.docstrings(ROOT / folder)) == []


def test_the_word_list_finds_something() -> None:
    """A list that matches nothing would hold nothing."""
    bad = texts.Message("avow.made_up", 1, "it stands in the row that nobody told us to mend")
    assert len(texts.problems(iter([bad]))) >= 3


def test_every_command_that_a_message_names_exists() -> None:
    """`avow CHECK` would be advice that can't be followed."""
    named = {
        (each.module, word)
        for each in MESSAGES
        for word in re.findall(
            r"(?<![\w/.:-])avow ([a-z]+)\b(?! (?:is|was|has|can|reads|check and))", each.text
        )
    }
    assert {word for _, word in named} >= {"check", "inspect"}
    unknown = {(module, word) for module, word in named if word not in COMMAND_NAMES}
    assert unknown == set()


def test_every_option_that_a_message_names_exists() -> None:
    """Of any command: a message of `verify` may send its reader to `attest`."""
    unknown = [
        f"{each.module}:{each.line} {option}"
        for each in MESSAGES
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+\b", each.text)
        if option not in ALL_OPTIONS | FOREIGN_OPTIONS
    ]
    assert unknown == []


def test_the_command_line_is_named_right() -> None:
    """The program is called avow, never by another name."""
    assert not [each for each in MESSAGES if re.search(r"\bavow-cli\b|\bpython -m avow\b", each.text)]


def commands() -> list[tuple[str, click.Command]]:
    """Every command and subcommand, by the words that call it."""
    found: list[tuple[str, click.Command]] = []
    with click.Context(command) as context:
        for name in COMMANDS:
            each = command.get_command(context, name)
            assert each is not None
            found.append((name, each))
            if isinstance(each, click.Group):
                found += [(f"{name} {sub}", below) for sub, below in each.commands.items()]
    return found


@pytest.mark.parametrize(("words", "each"), commands(), ids=str)
def test_help_ends_with_an_example_that_can_be_called(
    words: str, each: click.Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example of `--help` is a call of this command that it accepts."""
    monkeypatch.chdir(tmp_path)
    label, _, example = (each.epilog or "").partition(": ")
    assert label == "Example"
    called = shlex.split(example)
    Path("avow.yaml").touch()
    Path("snapshots").mkdir()
    for word in called:
        if Path(word).suffix in {".csv", ".json", ".yaml", ".gz"}:
            Path(word).parent.mkdir(exist_ok=True)
            Path(word).touch()
    own = ["avow", *words.split()]
    if isinstance(each, click.Group):
        assert called[: len(own)] == own
        return
    assert called[: len(own)] == own
    with each.make_context(words, called[len(own) :]) as context:
        assert context.command is each
    assert example in CliRunner().invoke(each, ["--help"], terminal_width=120).output
