"""CPE names: both bindings, quoting, and what has no value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.formats.cpe import CpeInvalid, parse_cpe, read_cpe

REST = ":*:*:*:*:*:*:*"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"cpe:2.3:a:example:hammer:1.2{REST}", ("example", "hammer", "1.2")),
        (rf"cpe:2.3:a:example:lib\:io\+\+:1.2.3\+4{REST}", ("example", "lib:io++", "1.2.3+4")),
        (rf"cpe:2.3:a:example:back\\slash:1{REST}", ("example", "back\\slash", "1")),
        (rf"cpe:2.3:a:example:st\*r\?:1{REST}", ("example", "st*r?", "1")),
        (f"CPE:2.3:A:Example:Hammer:1.2-RC1{REST}", ("example", "hammer", "1.2-rc1")),
        (f"cpe:2.3:*:example:cipher:3.0.11{REST}", ("example", "cipher", "3.0.11")),
        (f"cpe:2.3:a:example:hammer:1.0+dfsg{REST}", ("example", "hammer", "1.0+dfsg")),
        ("cpe:/a:example:old:2.3.8", ("example", "old", "2.3.8")),
        ("cpe:/a:example:lib%3aio:1%2b2:sp1", ("example", "lib:io", "1+2")),
        (" cpe:/a:example:old ", ("example", "old", None)),
        ("cpe:/a:example:old:-", ("example", "old", None)),
        ("cpe:/a:example:old:1.%02", ("example", "old", None)),
        (f"cpe:2.3:a:example:hammer:*{REST}", ("example", "hammer", None)),
        (f"cpe:2.3:a:example:hammer:-{REST}", ("example", "hammer", None)),
        (f"cpe:2.3:a:example:hammer:1.*{REST}", ("example", "hammer", None)),
        (rf"cpe:2.3:a:example:hammer:1.\\*{REST}", ("example", "hammer", None)),
    ],
)
def test_a_cpe_with_vendor_and_product_identifies(text: str, expected: tuple[str, str, str | None]) -> None:
    """Quoting is undone, case is folded, and an unknown version is none."""
    cpe = parse_cpe(text)

    assert (cpe.vendor, cpe.product, cpe.version) == expected
    assert cpe.identifies


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"cpe:2.3:a:*:anvil:1.2.3{REST}", ("vendor is ANY",)),
        (f"cpe:2.3:a:-:anvil:1.2.3{REST}", ("vendor is NA",)),
        (f"cpe:2.3:a:example:?nvil:-{REST}", ("product is a pattern", "version is NA")),
        ("cpe:/a::anvil:1", ("vendor is ANY",)),
        ("cpe:/o", ("vendor is ANY", "product is ANY", "version is ANY")),
    ],
)
def test_a_cpe_without_vendor_or_product_identifies_nothing(text: str, why: tuple[str, ...]) -> None:
    """ANY in a component is missing data, not a statement about all vendors."""
    cpe = parse_cpe(text)

    assert not cpe.identifies
    assert cpe.why == why


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cpe:2.3:a:example:bad:1", "too few parts"),
        (f"cpe:2.3:a:example:bad:1{REST}:*", "too many parts"),
        (f"cpe:2.3:a:example::1{REST}", "an empty part"),
        ("cpe:2.3:", "an empty part"),
        (f"cpe:2.3:a:example:bad:1{REST}\\", "a backslash at the end"),
        ("cpe:/a:b:c:1:2:3:4:5", "too many parts"),
        ("cpe:2.4:a:b", "neither"),
        ("https://example.org", "neither"),
        ("cpe:/" + "a" * 3000, "3005 characters"),
    ],
)
def test_a_malformed_cpe_is_named(text: str, words: str) -> None:
    """With what is wrong; who only wants the readable ones gets none."""
    with pytest.raises(CpeInvalid, match=words):
        parse_cpe(text)
    assert read_cpe(text) is None


@given(st.text(alphabet="cpe:2.3/a*-?\\%01 +"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else is raised."""
    for prefix in ("", "cpe:2.3:", "cpe:/"):
        read_cpe(prefix + text)
