"""Every output format keeps the same promises, for one subject and for many."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.pipeline import COMPONENT, SUBJECT, Setting, declaration
from support.virtual_sigstore import NOW

from avow.report import RENDERERS
from avow.results import Report
from avow.stores import EvidenceDirectory, open_store
from avow.subject import Digest, Subject
from avow.verification.judge import verify

OTHER = Subject(name="other", digests=(Digest(algorithm="sha256", value="cd" * 32),))


def report(setting: Setting, *subjects: Subject) -> Report:
    """What follows for `subjects`, not yet read."""
    return verify(
        subjects,
        session=setting.session(),
        stores=(open_store(str(setting.store)),),
        evidence=EvidenceDirectory(()),
        now=NOW,
    )


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A policy and a bundle that satisfies it."""
    setting = Setting(tmp_path)
    setting.sign(declaration())
    return setting


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("subjects", [(SUBJECT,), (SUBJECT, OTHER)], ids=["one", "many"])
def test_a_format_reads_the_whole_report(setting: Setting, name: str, subjects: tuple[Subject, ...]) -> None:
    """Then the exit code is known, and it is the same for each format."""
    found = report(setting, *subjects)
    text = "".join(RENDERERS[name](found))
    assert found.exit_code == len(subjects) - 1
    assert text.endswith("\n")
    named = {SUBJECT.name, COMPONENT}  # by its name, or as the component that it is
    assert any(name in text for name in named)
    assert OTHER.name in text or len(subjects) == 1


@pytest.mark.parametrize("name", RENDERERS)
def test_a_format_writes_while_it_reads(setting: Setting, name: str) -> None:
    """The first piece is there before the last subject was judged."""
    found = report(setting, SUBJECT, OTHER)
    next(iter(RENDERERS[name](found)))
    with pytest.raises(RuntimeError):
        _ = found.exit_code


@pytest.mark.parametrize("name", RENDERERS)
def test_a_format_can_be_read_again(setting: Setting, name: str) -> None:
    """A report in hand gives the same text each time."""
    found = report(setting, SUBJECT).collected()
    assert "".join(RENDERERS[name](found)) == "".join(RENDERERS[name](found))
