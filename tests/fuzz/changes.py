"""How the fuzzer changes an input: bits, bytes, pieces, lines, JSON values, bits inside base64."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random

PIECES: Final = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"null", b"-1", b"1e999", b"9" * 30, b"[" * 70, b"{}", b'"', b"\n",
    b"\\ud800", b"\t", b": ", b"- ", b"&a ", b"*a", b"<<: ", b"!!python/object:os.system ", b"*", b"%2F",
    b"../", b"%", b"9999-12-31T23:59:59Z", b"0001-01-01", b"\xe2\x80\xae", b"::error::", b"sha512", b"0.0.2",
)  # fmt: skip


def changed(seed: bytes, rng: random.Random) -> bytes:
    """`seed` with one to four changes."""
    content = seed
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        content = rng.choice(CHANGES)(content, rng)
    return content


def _bit(content: bytes, rng: random.Random) -> bytes:
    if not content:
        return content
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def _piece(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    end = min(len(content), at + rng.choice((0, 0, 1, 8)))
    return content[:at] + rng.choice(PIECES) + content[end:]


def _cut_or_double(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    end = min(len(content), at + rng.choice((1, 4, 64, 1000)))
    return content[:at] + content[at:end] * rng.choice((0, 2, 2, 50)) + content[end:]


def _line(content: bytes, rng: random.Random) -> bytes:
    lines = content.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            lines[at], lines[other] = lines[other], lines[at]
        case 1:
            lines.insert(at, lines[other])
        case 2:
            lines[at] = b" " * rng.choice((1, 2, 4)) + lines[at]
        case _:
            lines[at] = lines[at].lstrip()
    return b"\n".join(lines)


def _json_value(content: bytes, rng: random.Random) -> bytes:
    """Another value somewhere in the JSON."""
    return _in_json(content, rng, lambda _value: rng.choice(VALUES))


def _inside_base64(content: bytes, rng: random.Random) -> bytes:
    """Bits of what a base64 text stands for: certificates, tokens, signatures, payloads."""

    def flip(value: Any) -> Any:
        try:
            decoded = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
        except ValueError:
            return value
        change = _json_value if decoded.startswith(b"{") and rng.random() < 0.5 else _bit
        return base64.b64encode(change(decoded, rng)).decode() if decoded else value

    return _in_json(content, rng, flip)


def _in_json(content: bytes, rng: random.Random, change: Callable[[Any], Any]) -> bytes:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return _bit(content, rng)
    places = list(_places(document))
    if not places:
        return _bit(content, rng)
    parent, key = rng.choice(places)
    match rng.randrange(8):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, list):
            parent.append(parent[key])
        case _:
            parent[key] = change(parent[key])
    return json.dumps(document).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, below in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield value, key
        yield from _places(below)


VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 2**70, 1.5, "", "AAAA", "0", "-1", "9" * 30, [], {}, [[]], {"a": 1}, "\ud800",
    "x" * 5000, "2026-11-20T12:00:00Z", "9999-12-31T23:59:59Z", "sha256", "pkg:npm/%40a/b@1", "https://a.example/\u202e",
)  # fmt: skip

CHANGES: Final = (_bit, _bit, _piece, _cut_or_double, _line, _json_value, _inside_base64, _inside_base64)
