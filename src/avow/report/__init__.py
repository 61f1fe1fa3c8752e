"""Renderers: a Decision in, text out. `--format` lists this table, and never changes the exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from avow.report.json import render_json
from avow.report.text import render_text
from avow.results import Decision

RENDERERS: Final[dict[str, Callable[[Decision], str]]] = {"text": render_text, "json": render_json}

__all__ = ["RENDERERS"]
