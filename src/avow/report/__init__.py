"""Renderers: a Report in, text out in pieces. `--format` lists this table; no format changes the exit code.

A renderer reads the report once, from the first decision to the last, and writes while it reads: a large
batch is never held as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from avow.report.json import render_json
from avow.report.text import render_text
from avow.results import Report

RENDERERS: Final[dict[str, Callable[[Report], Iterator[str]]]] = {"text": render_text, "json": render_json}

__all__ = ["RENDERERS"]
