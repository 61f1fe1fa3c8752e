"""The structure of a bundle is read within bounds, before anything in it is verified."""

from __future__ import annotations

import pytest

from avow.errors import BundleMalformed
from avow.transparency.container import MAX_BUNDLE_BYTES, MAX_BUNDLE_VALUES, read_container


@pytest.mark.parametrize(
    ("many", "reason"),
    [
        (b"[]," * MAX_BUNDLE_VALUES, f"more than {MAX_BUNDLE_VALUES} values"),
        (b'{"a":1},' * MAX_BUNDLE_VALUES, f"more than {MAX_BUNDLE_VALUES} values"),
        (b" " * MAX_BUNDLE_BYTES, f"at most {MAX_BUNDLE_BYTES} are allowed"),
        (b"[" * 70 + b"]" * 70 + b",", "nested deeper than 64 levels"),
    ],
)
def test_a_bundle_has_bounds(many: bytes, reason: str) -> None:
    """Memory and time are spent on signed bytes only."""
    with pytest.raises(BundleMalformed, match=reason):
        read_container(b'{"x": [' + many + b"0]}", location="here")
