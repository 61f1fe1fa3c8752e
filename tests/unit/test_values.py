"""Values: what is the same for all of them."""

from __future__ import annotations

from functools import cached_property

import pytest

from avow.subject import Digest, Subject
from avow.values import Frozen

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
