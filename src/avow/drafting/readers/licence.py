"""Recognises licence texts word for word: a text with one word more or less is not recognised.

A licence is identified by the SHA-256 of its words, without title, copyright lines and the appendix on how to
apply it. Changed texts are missed on purpose: they are other licences until a person says otherwise. The text
of a GNU licence does not show whether `-only` or `-or-later` applies.

Source: SPDX licence list matching guidelines (case, punctuation and copyright notices don't count).
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Final, NamedTuple

from avow.drafting.found import Document, InRepository, Notes, Pointer, Reading

__all__ = ["PATH", "REUSE_PATH", "TEXT_OF", "UNKNOWN_TEXT", "is_licence", "licence_of", "read_licence"]

UNKNOWN_TEXT: Final = "differs from the known licence texts; find its SPDX id"
"""The hint for a licence that is not recognised."""

TEXT_OF: Final = re.compile(r"is the text of (\S+);")
"""How the hint for a GNU licence begins, with its id."""

PATH: Final = re.compile(
    r"(?:licen[cs]e|copying|unlicense)(?:[-_.](?:md|txt|rst|mit|apache|apache-?2\.0|bsd|gpl[a-z0-9]*|"
    r"lesser|lib)){0,8}",
    re.IGNORECASE,
)
REUSE_PATH: Final = re.compile(r"LICENSES/(?P<id>[A-Za-z0-9.+-]+)\.(?:txt|md)")

_BEFORE: Final = re.compile(
    r"licen[sc]|copyright|copyleft|\u00a9|\(c\)|all rights reserved|https?://|version \d|preamble|"
    r"^[\W_]*$|^[\W_]*(?:(?:19|20)\d\d.*|eupl .*)$",
    re.IGNORECASE,
)
_PREAMBLES: Final = frozenset({"GPL-2.0", "GPL-3.0", "AGPL-3.0", "LGPL-2.1", "CC0-1.0"})
"""Licences with a title and preamble of their own, which are not compared."""

_MAX_PREAMBLE_WORDS: Final = 900
_OWN_HOLDER: Final = re.compile(
    r"neither the names? of (?:[a-z0-9]+ ){1,20}nor the names of (?:its|their|the|any) contributors"
)
_HOLDER: Final = re.compile(r"\bcopyright (?:holders?|owners?)\b")


class _Text(NamedTuple):
    """One licence: its id, its first words, how many words are compared, and how many may follow."""

    name: str
    opening: str
    words: int
    may_follow: int
    sha256: str


_TEXTS: Final = (
    _Text(
        "MIT",
        "permission is hereby granted free of charge",
        163,
        0,
        "602556cb49dcc20b0835a09d976d5053c0d581a8ce1af13d8ba04878bb3e34e5",
    ),
    _Text(
        "MIT-0",
        "permission is hereby granted free of charge",
        138,
        0,
        "323de385ba8c831d0ff30d29f190b5281bbef111d11943eb90a0775864313813",
    ),
    _Text(
        "ISC",
        "permission to use copy modify and or distribute",
        112,
        0,
        "217da0747cec63a2e734185db11cbaa819bcd9e5b83cd12f812128fffe66e26a",
    ),
    _Text(
        "0BSD",
        "permission to use copy modify and or distribute",
        98,
        0,
        "25a274d52b3014d9bd64e0f3362fd279ac1655f163d5c518f6b9f6c43354802c",
    ),
    _Text(
        "BSD-2-Clause",
        "redistribution and use in source and binary",
        186,
        0,
        "7061202489ba206b35e1e020fd1633db8013b98790929b974f0e3296ddb2e148",
    ),
    _Text(
        "BSD-3-Clause",
        "redistribution and use in source and binary",
        214,
        0,
        "fedf38d31b70014793a318a8d5f636e574bac09d014525a4b8c4e7cd8e063425",
    ),
    _Text(
        "Apache-2.0",
        "terms and conditions for use reproduction and distribution",
        1419,
        200,
        "fb388936c12fba660a278043424b3f9a17c6b2e536674e390813ac3d06e7e73a",
    ),
    _Text(
        "MPL-2.0",
        "1 definitions 1 1 contributor",
        2300,
        120,
        "94675fdcc6bd871279e0b986b52be55d78e435e0a96c73c17b9c7e04b77be318",
    ),
    _Text(
        "EPL-2.0",
        "the accompanying program is provided under the terms",
        2037,
        150,
        "f12f7e172b3b6e9bea1af30590d4dc9a502e49c1261d3f963a4a6e22dc3590e2",
    ),
    _Text(
        "EUPL-1.2",
        "this european union public licence the eupl applies",
        2227,
        0,
        "2f27a089b9659fea16c6357d2fd37d7e6918d43b1ecf23c97e0e62b3adf5b6f8",
    ),
    _Text(
        "BSL-1.0",
        "permission is hereby granted free of charge",
        205,
        0,
        "6c9c7bd670990e58921b6c65c21c87a01a6059f061f30cd40dc83dd10878af5f",
    ),
    _Text(
        "Unlicense",
        "this is free and unencumbered software released into",
        191,
        10,
        "e6e60d2037efe58841d698b341a609d8a738effceaadb12ac721e54f8e0bf7db",
    ),
    _Text(
        "Zlib",
        "this software is provided as is without any",
        133,
        0,
        "1b8c5cd52eceb19ab0bc3cb40be110b1c0e7fa2671a3fe5866e59dd1502e69c7",
    ),
    _Text(
        "CC0-1.0",
        "statement of purpose",
        1008,
        20,
        "4f8ab63ace774f37529081c81e2730a88143bf70e67392bd3c3701bd0a175152",
    ),
    _Text(
        "GPL-2.0",
        "terms and conditions for copying distribution and modification 0",
        2027,
        520,
        "0533300579e20d1983de0b0fe3d8371c3e6c067012df5b30ca3e9be0bb2f2691",
    ),
    _Text(
        "GPL-3.0",
        "terms and conditions 0 definitions",
        4653,
        520,
        "424fd690d165bd738a63bf923029bb73b7939eb2ddda885ceb9b9997ca82458d",
    ),
    _Text(
        "AGPL-3.0",
        "terms and conditions 0 definitions",
        4752,
        400,
        "7e2beccf44219243110341cce8c370a55ef4490da6fae006dec99cab9fddc628",
    ),
    _Text(
        "LGPL-2.1",
        "terms and conditions for copying distribution and modification 0",
        3064,
        520,
        "3938b0d5d955e97841ff38ca93df3443f151a84db78e9e2b29f5631aba675327",
    ),
    _Text(
        "LGPL-3.0",
        "this version of the gnu lesser general public",
        1202,
        0,
        "3c109b32fc12cedb18f514c338498353cbbafbc7ad3aa3aed8c864396943f25a",
    ),
)


def is_licence(document: Document) -> bool:
    """The file has the name of a licence text and is text."""
    return bool(PATH.fullmatch(document.path) or REUSE_PATH.fullmatch(document.path)) and document.is_text


def licence_of(text: str) -> str | None:
    """The SPDX id of a complete licence text, without `-only` or `-or-later` for GNU licences."""
    words = _words(text)
    for known in _TEXTS:
        at = words.find(known.opening)
        if at < 0:
            continue
        body = words[at:].split(" ", known.words)
        after = len(body[known.words].split()) if len(body) > known.words else 0
        digest = hashlib.sha256(" ".join(body[: known.words]).encode()).hexdigest()
        if (
            digest == known.sha256
            and after <= known.may_follow
            and _only_title_before(text, known, at, words)
        ):
            return known.name
    return None


def _words(text: str) -> str:
    words = " ".join(re.findall(r"[a-z0-9]+", text.lower()))
    return _HOLDER.sub(
        "copyright holder", _OWN_HOLDER.sub("neither the name of holder nor the names of contributors", words)
    )


def _only_title_before(text: str, known: _Text, at: int, words: str) -> bool:
    """Only a title, copyright lines or the licence's own preamble precede its first words."""
    before = words[:at].split()
    if known.name in _PREAMBLES:
        return len(before) <= _MAX_PREAMBLE_WORDS
    for line in text.splitlines():
        line_words = _words(line).split()
        if before and (line_words != before[: len(line_words)] or not _BEFORE.search(line)):
            return False
        before = before[len(line_words) :]
    return True


def read_licence(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """The licence in the file, if the file is a known text word for word."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    if REUSE_PATH.fullmatch(document.path):
        # Which files each licence covers is stated in those files, or nowhere.
        notes.hint("LIC-01", "one of the licences in use, stored as REUSE requires", line=0)
        return notes.reading()
    name = licence_of(document.text)
    if name is None:
        notes.hint("LIC-01", UNKNOWN_TEXT, line=0)
    elif "GPL" in name:
        notes.hint("LIC-01", f"is the text of {name}; choose {name}-only or {name}-or-later", line=1)
    else:
        notes.fact("LIC-01", "spdxExpression", name, line=1)
    notes.fact("LIC-01", "textUrl", InRepository(path=document.path), line=1)
    return notes.reading()
