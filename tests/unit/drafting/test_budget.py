"""A hostile checkout costs a bounded time, and one file of it spoils nothing else."""

from __future__ import annotations

import re
import threading
import time
from datetime import date
from typing import TYPE_CHECKING

import pytest

from avow.catalogue.practices import load_catalogue
from avow.drafting import draft as drafting
from avow.drafting.budget import TooSlow, cpu_limit
from avow.drafting.checkout import Checkout
from avow.drafting.draft import Draft, draft
from avow.drafting.found import Document
from avow.drafting.merge import MAX_OF_ONE_KIND
from avow.errors import InputInvalid

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 22)
SLOW = re.compile(r"(?:a|aa)+$")


def work_for_ever() -> None:
    """Backtracking that would outlast the test."""
    SLOW.match("a" * 60 + "b")


def drafted(directory: Path, **files: bytes) -> Draft:
    """The draft from a directory with these files, `__` in a name stands for a dot and `_of_` for a slash."""
    names = []
    for name, content in files.items():
        path = directory / name.replace("__", ".").replace("_of_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        names.append(str(path.relative_to(directory)))
    checkout = Checkout(directory=directory, paths=tuple(sorted(names)), _root=directory)
    return draft(checkout, [], catalogue=load_catalogue(), today=TODAY)


def test_a_regular_expression_is_interrupted() -> None:
    """Also inside a library, and also without a loop of ours."""
    with pytest.raises(TooSlow), cpu_limit(0.05):
        work_for_ever()


def test_limits_are_nested() -> None:
    """The inner one never lasts longer than the outer one, and the outer one goes on after it."""
    with pytest.raises(TooSlow), cpu_limit(0.05), cpu_limit(60):
        work_for_ever()

    def inner_and_then_more() -> None:
        with pytest.raises(TooSlow), cpu_limit(0.05):
            work_for_ever()
        work_for_ever()

    with pytest.raises(TooSlow), cpu_limit(0.2):
        inner_and_then_more()
    started = time.process_time()
    while time.process_time() - started < 0.3:  # nothing is left that could end this
        pass


def test_another_thread_has_no_limit_and_no_error() -> None:
    """Signals go to the main thread alone."""
    ended = []

    def limited() -> None:
        with cpu_limit(60):
            ended.append(True)

    thread = threading.Thread(target=limited)
    thread.start()
    thread.join()
    assert ended == [True]


def test_one_file_that_takes_too_long_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are read."""
    monkeypatch.setattr(drafting, "DOCUMENT_S", 0.1)
    placeholder = b'{"version": "1", "name": "your-' + b"!" * 200_000 + b'\\na"}'
    made = drafted(tmp_path, package__json=placeholder, SECURITY__md=b"Write to security@acme.dev\n")
    assert "package.json" in [each.origin for each in made.left_out if "takes more than" in each.why]
    assert "SECURITY.md" in made.sources


def test_a_checkout_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a step that can be taken."""
    monkeypatch.setattr(drafting, "CHECKOUT_S", 0.05)
    monkeypatch.setattr(drafting, "read_tree", lambda *_arguments, **_options: work_for_ever())
    with pytest.raises(InputInvalid, match="reading takes more than") as refusal:
        drafted(tmp_path, SECURITY__md=b"Write to security@acme.dev\n")
    assert "--from" in refusal.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b'{"checks": [{"name": ["x"], "score": 1}]}',
        b'{"date": "2026-01-01", "checks": [{"name": "CI-Tests", "score": 1, "details": 5}]}',
    ],
)
def test_a_scorecard_result_of_odd_types(tmp_path: Path, content: bytes) -> None:
    """Nothing is taken from it, and nothing fails."""
    assert drafted(tmp_path, scorecard__json=content, SECURITY__md=b"Write to security@acme.dev\n").sources


def test_a_key_of_any_length_is_not_repeated(tmp_path: Path) -> None:
    """In the path of each of the thousand values below it."""
    content = b"header:\n  schema-version: 2.0.0\n? " + b"k" * 100_000 + b"\n: [" + b"a, " * 1000 + b"a]\n"
    made = drafted(tmp_path, **{"security-insights__yml": content, "SECURITY__md": b"a@acme.dev\n"})
    assert sum(len(each.why) for each in made.left_out) < 10_000


def test_a_block_of_blanks_in_a_workflow(tmp_path: Path) -> None:
    """Honest repositories have it; the parser's error has no place."""
    workflow = (
        b"on: push\njobs:\n  a:\n    steps:\n      - run: |\n          \n            \n          echo\n"
    )
    made = drafted(tmp_path, __github_of_workflows_of_ci__yml=workflow, SECURITY__md=b"a@acme.dev\n")
    assert made.sources


def test_a_reader_that_fails_leaves_its_file_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the exception is."""

    def failing(_source: object, _document: Document, _today: date) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(drafting, "_sniffed", failing)
    with pytest.raises(InputInvalid, match="found nothing") as refusal:
        drafted(tmp_path, SECURITY__md=b"x\n")
    assert (
        "SECURITY.md can't be read: examining it raised ZeroDivisionError"
        in refusal.value.problems[0].message
    )


def test_a_list_that_nobody_would_read_is_cut(tmp_path: Path) -> None:
    """Thousands of contacts would take quadratic time, too."""
    contacts = b"".join(b"Contact: mailto:s%d@acme.dev\n" % number for number in range(500))
    made = drafted(tmp_path, security__txt=contacts + b"Expires: 2027-01-01T00:00:00Z\n")
    assert made.declaration.count("@acme.dev") <= MAX_OF_ONE_KIND + 10


def test_a_licence_s_name_takes_no_time(tmp_path: Path) -> None:
    """It is compared with a pattern before anything is read."""
    name = "LICENSE" + "_gpl" * 50 + "!"
    (tmp_path / name).write_bytes(b"x")
    (tmp_path / "SECURITY.md").write_bytes(b"Write to security@acme.dev\n")
    checkout = Checkout(directory=tmp_path, paths=(name, "SECURITY.md"), _root=tmp_path)
    assert draft(checkout, [], catalogue=load_catalogue(), today=TODAY).sources


@pytest.mark.parametrize("separator", ["\u0085", "\u2028"])
def test_other_line_ends_do_not_hide_dots_from_the_toml_budget(tmp_path: Path, separator: str) -> None:
    """TOML allows these characters inside a quoted key."""
    key = f'"{separator}".' * 20_000 + "a = 1\n"
    made = drafted(tmp_path, pyproject__toml=key.encode(), SECURITY__md=b"Write to security@acme.dev\n")
    assert any("thousands of dots" in each.why for each in made.left_out)
