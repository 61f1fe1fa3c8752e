"""The reports of a survey: a record in, text out in pieces. `--format` lists this table.

All of them say the same in the same words (`wording`, `sections`); a format decides only how it looks and
what has to be escaped there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from avow.record import SurveyRecord
from avow.report.survey.csv import render_csv
from avow.report.survey.html import render_html
from avow.report.survey.json import render_survey_json
from avow.report.survey.markdown import render_markdown
from avow.report.survey.text import render_text

SURVEY_RENDERERS: Final[dict[str, Callable[[SurveyRecord], Iterator[str]]]] = {
    "text": render_text,
    "json": render_survey_json,
    "html": render_html,
    "markdown": render_markdown,
    "csv": render_csv,
}

__all__ = ["SURVEY_RENDERERS"]
