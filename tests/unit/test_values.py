"""Values: what is the same for all of them."""

from __future__ import annotations

from functools import cached_property

import pytest

from avow.errors import MAX_FOREIGN_CHARACTERS, shortened
from avow.subject import Digest, Subject
from avow.values import CI_MARKER, Frozen, printable

SHA256 = Digest(algorithm="sha256", value="ab" * 32)


class _Text(Frozen):
    text: str

    @cached_property
    def length(self) -> int:
        """The number of characters."""
        return len(self.text)


def test_a_copy_computes_anew() -> None:
    """What was computed from the old values would decide about the new ones."""
    value = _Text(text="abc")
    assert value.length == 3
    assert value.model_copy(update={"text": "abcde"}).length == 5
    assert value.model_copy(update={"text": "abcde"}, deep=True) == _Text(text="abcde")


@pytest.mark.parametrize(
    "digests", [(), (SHA256, Digest(algorithm="sha256", value="cd" * 32)), (SHA256, SHA256)]
)
def test_an_artefact_has_one_digest_of_each_algorithm(digests: tuple[Digest, ...]) -> None:
    """With two, a statement about either would seem to be about it; without one, nothing can be compared."""
    with pytest.raises(ValueError, match="one digest of each algorithm"):
        Subject(name="a", digests=digests)


@pytest.mark.parametrize(
    "text",
    [
        "::error::x",
        "  ::set-output name=a::b",
        "found ##vso[task.setvariable]x",
        "a ##[error]",
        "##teamcity[x]",
    ],
)
def test_no_text_gives_an_order_to_a_ci_system(text: str) -> None:
    """Logs are read by programs, too; a declaration must not stop a job or set a variable."""
    shown = printable(text)
    assert not CI_MARKER.search(shown)
    assert "\\u00" in shown


@pytest.mark.parametrize("text", ["pkg:pypi/a", "a::b", "#1", "## heading", "sha256:ab", "[x]"])
def test_other_text_stays_as_it_is(text: str) -> None:
    """Colons and hashes are common."""
    assert printable(text) == text


def test_a_stranger_s_text_is_cut() -> None:
    """With its length; what fits is left alone."""
    assert shortened("x" * MAX_FOREIGN_CHARACTERS) == "x" * MAX_FOREIGN_CHARACTERS
    assert shortened("x" * 3_000_000) == "x" * MAX_FOREIGN_CHARACTERS + "… (3000000 characters)"
