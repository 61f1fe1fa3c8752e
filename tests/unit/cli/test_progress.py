"""Progress: a bar at a terminal, a line now and then in a log, nothing where nobody asked for it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from support.command_line import AtTerminal, process

from avow.cli import progress as module
from avow.cli.progress import QUIET_SECONDS, SECONDS_BETWEEN_LINES, progress


class Clock:
    """Seconds as the test says."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the progress."""
    found = Clock()
    monkeypatch.setattr(module, "time", found)
    return found


def test_lines_in_a_log(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """At most one in ten seconds, with the rate and the time that is left."""
    with progress(quiet=False) as report:
        for done in range(0, 50, 10):
            report("looking up components", done, 100)
            clock.now += SECONDS_BETWEEN_LINES + 0.5
            report("looking up components", done + 5, 100)
            report("looking up components", done + 6, 100)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert lines[1] == "looking up components: 15 of 100, 1 a second, about 119 s left"


def test_what_is_done_gets_no_line(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """The result follows at once."""
    with progress(quiet=False) as report:
        report("reading SBOMs", 1, 2)
        clock.now += 2 * SECONDS_BETWEEN_LINES
        report("reading SBOMs", 2, 2)
    assert capsys.readouterr().err == ""


def test_what_has_just_begun_gets_no_line(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Its rate is not known yet; after two seconds it is."""
    with progress(quiet=False) as report:
        clock.now += 2 * SECONDS_BETWEEN_LINES
        report("looking up components", 0, 9)
        clock.now += QUIET_SECONDS / 2
        report("looking up components", 1, 9)
        assert capsys.readouterr().err == ""
        clock.now += QUIET_SECONDS
        report("looking up components", 3, 9)
    assert capsys.readouterr().err == "looking up components: 3 of 9, 1 a second, about 6 s left\n"


def test_nothing_is_done_yet(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a rate, nobody knows how much time is left."""
    with progress(quiet=False) as report:
        report("reading SBOMs", 0, 9)
        clock.now += 2 * SECONDS_BETWEEN_LINES
        report("reading SBOMs", 0, 9)
    assert capsys.readouterr().err == ""


def test_quiet(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """No line at all, however long it takes."""
    with progress(quiet=True) as report:
        report("reading SBOMs", 0, 9)
        clock.now += 100 * SECONDS_BETWEEN_LINES
        report("reading SBOMs", 1, 9)
    assert capsys.readouterr() == ("", "")


def test_without_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service may run without one."""
    monkeypatch.setattr(sys, "stderr", None)
    with progress(quiet=False) as report:
        report("reading SBOMs", 1, 9)


class Screen(io.StringIO):
    """A terminal as standard error."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_a_bar_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each kind of work, with the numbers; gone when it ends."""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress(quiet=False) as report:
        report("reading SBOMs", 1, 2)
        report("reading SBOMs", 2, 2)
        report("looking up components", 500, 900)
    written = screen.getvalue()
    assert "reading SBOMs" in written
    assert "500/900" in written
    assert written.endswith("\x1b[2K")  # the last thing is to erase the line


def test_at_a_real_terminal(tmp_path: Path) -> None:
    """The bar is drawn and erased, the report stays, and the record is written."""
    sbom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "anvil"}]}
    (tmp_path / "a.cdx.json").write_text(json.dumps(sbom), encoding="utf-8")
    with AtTerminal("survey", "a.cdx.json", cwd=tmp_path, environment={"TERM": "xterm"}) as terminal:
        ended = terminal.leaves()
    assert ended.code == 0
    assert "reading SBOMs" in ended.out
    _, _, after = ended.out.rpartition("\x1b[2K")
    assert "1 component" in after
    assert "exit 0: record written to survey.json" in after
    assert (tmp_path / "survey.json").exists()


def test_a_log_of_a_short_survey_has_no_progress(tmp_path: Path) -> None:
    """The last line is all that standard error gets."""
    (tmp_path / "a.cdx.json").write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6"}', encoding="utf-8")
    ended = process("survey", "a.cdx.json", cwd=tmp_path)
    assert ended.err == "exit 0: record written to survey.json\n"
