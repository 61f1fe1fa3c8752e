"""The JSON Schema of a survey record, from the model and its docstrings."""

from __future__ import annotations

import ast
import inspect
from typing import Any, Final

import msgspec

from avow import record as model
from avow.record import SurveyRecord

SURVEY_SCHEMA: Final = "https://avow-attest.github.io/survey/v1"
"""The identifier of the schema. Fields are only ever added within one version."""


def survey_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of what `--format json` writes; unknown fields are those of a later edition."""
    (_, root), definitions = _components()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SURVEY_SCHEMA,
        "title": "Survey record of Avow",
        **root,
        "$defs": definitions,
    }


def _components() -> tuple[tuple[str, dict[str, Any]], dict[str, Any]]:
    _, found = msgspec.json.schema_components([SurveyRecord], ref_template="#/$defs/{name}")
    documented = _field_docstrings()
    for name, definition in found.items():
        definition.pop("title", None)
        definition["description"] = _prose(definition.get("description", ""))
        for field, schema in definition.get("properties", {}).items():
            text = documented.get((name, field))
            if text:
                found[name]["properties"][field] = {"description": text, **schema}
    root = found.pop(SurveyRecord.__name__)
    return (SurveyRecord.__name__, root), dict(sorted(found.items()))


def _field_docstrings() -> dict[tuple[str, str], str]:
    """The text after each field, by class and JSON name; only the source has it."""
    found: dict[tuple[str, str], str] = {}
    for node in ast.parse(inspect.getsource(model)).body:
        if isinstance(node, ast.ClassDef):
            for field, after in zip(node.body, node.body[1:], strict=False):
                match field, after:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                        value=ast.Constant(value=str(text))
                    ):
                        found[node.name, _camel(name)] = _prose(text)
    return found


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.title() for each in others)


def _prose(text: str) -> str:
    return " ".join(text.split())
