"""The record of a survey as JSON: the model as it is, texts unchanged, described by survey.schema.json.

Control and other non-ASCII characters are written as escapes: a reader gets the same text, and a terminal or
the log of a CI system acts on nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from avow.record import SurveyRecord

_NOT_PLAIN: Final = re.compile(r"[\x7f-\U0010ffff]|(?<=#)#")
"""What is escaped beside what JSON escapes anyway. Two # are the start of a command to some CI systems."""

_ENCODER: Final = msgspec.json.Encoder()

_CHARACTERS: Final = 1 << 16
"""Of one piece of the output."""


def render_survey_json(record: SurveyRecord) -> Iterator[str]:
    """The whole record, indented, in the order of the model."""
    try:
        text = msgspec.json.format(_ENCODER.encode(record), indent=2).decode()
    except UnicodeEncodeError:  # half of a surrogate pair in a name; JSON can say it, UTF-8 can't
        text = json.dumps(msgspec.to_builtins(record), indent=2)
    for start in range(0, len(text), _CHARACTERS):
        piece = text[start : start + _CHARACTERS]
        if piece.isascii() and "#" not in piece and "\x7f" not in piece:
            yield piece
            continue
        # The # before a piece is not seen by it, so a piece begins with an escape if it begins with a #.
        head, rest = ("\\u0023", piece[1:]) if piece[0] == "#" else ("", piece)
        yield head + _NOT_PLAIN.sub(_escape, rest)
    yield "\n"


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1] if ord(found[0]) > 0x7F else f"\\u{ord(found[0]):04x}"  # noqa: PLR2004  DEL
