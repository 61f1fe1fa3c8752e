"""The JSON record: the model as it is, by its schema, harmless in a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from support.survey_records import HOSTILE, empty_record, hostile_record, survey_record

from avow.record import SurveyRecord
from avow.report.survey.json import render_survey_json
from avow.report.survey.schema import survey_schema


def written(record: SurveyRecord) -> str:
    return "".join(render_survey_json(record))


@pytest.mark.parametrize("make", [empty_record, survey_record, hostile_record])
def test_the_record_comes_back(make: Any) -> None:
    """A later command reads what this one wrote."""
    assert msgspec.json.decode(written(make()), type=SurveyRecord) == make()


@pytest.mark.parametrize("make", [empty_record, survey_record, hostile_record])
def test_the_record_fits_its_schema(make: Any) -> None:
    """The published schema describes what is written."""
    validator = jsonschema_rs.Draft202012Validator(survey_schema(), validate_formats=True)
    assert [error.message for error in validator.iter_errors(json.loads(written(make())))] == []


def test_the_record_begins_with_its_format() -> None:
    """Whoever reads it in years has to know what it is; another format is not read as this one."""
    text = "".join(render_survey_json(survey_record(components=1)))
    assert text.startswith('{\n  "format": "avow-survey/1",\n')
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text.replace("avow-survey/1", "avow-survey/2"), type=SurveyRecord)


def test_the_schema_refuses_something() -> None:
    """A schema that accepts everything would describe nothing."""
    validator = jsonschema_rs.Draft202012Validator(survey_schema())
    record = json.loads(written(survey_record()))
    record["totals"]["entries"] = "many"
    assert not validator.is_valid(record)


def test_every_field_and_type_of_the_schema_refers_to_something() -> None:
    """Descriptions come from the model; nothing has lost its own."""
    schema = survey_schema()
    assert schema["$id"].endswith("/survey/v1")
    assert all(each["description"] for each in schema["$defs"].values())
    assert schema["$defs"]["Product"]["properties"]["placedOnMarket"]["description"].startswith("The first")


def test_names_are_unchanged() -> None:
    """What was in the SBOM is in the record, character by character."""
    found = json.loads(written(hostile_record()))
    assert [each["name"] for each in found["components"]] == list(HOSTILE)


def test_nothing_in_it_is_acted_on_by_a_terminal_or_a_log() -> None:
    """ASCII without control characters, and no marker of a command of a CI system."""
    text = written(hostile_record())
    assert text.isascii()
    assert not [c for c in text if (ord(c) < 32 and c != "\n") or ord(c) == 127]
    assert "##" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]


def test_half_a_surrogate_pair_is_written() -> None:
    """JSON can say it, UTF-8 can't; the name stays the name."""
    record = msgspec.structs.replace(
        empty_record(), sboms=(msgspec.structs.replace(empty_record().sboms[0], source="a\ud800"),)
    )
    assert json.loads(written(record))["sboms"][0]["source"] == "a\ud800"


@pytest.mark.parametrize("length", range(65_520, 65_540))
def test_a_piece_boundary_changes_nothing(length: int) -> None:
    """Pieces are cut anywhere, also inside a run of #."""
    source = "x" * length + "###\x7f\U0001f600"
    record = msgspec.structs.replace(
        empty_record(), sboms=(msgspec.structs.replace(empty_record().sboms[0], source=source),)
    )
    text = written(record)
    assert json.loads(text)["sboms"][0]["source"] == source
    assert "##" not in text


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_no_piece_begins_with_half_of_a_marker(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the pieces are cut: each is escaped by itself."""
    monkeypatch.setattr("avow.report.survey.json._CHARACTERS", size)
    source = "#a##b###c####\x7f\U0001f600"
    record = msgspec.structs.replace(
        empty_record(), sboms=(msgspec.structs.replace(empty_record().sboms[0], source=source),)
    )
    text = written(record)
    assert json.loads(text)["sboms"][0]["source"] == source
    assert "##" not in text


def test_moments_are_in_utc() -> None:
    """A moment has its offset, or the record could be read as local time."""
    record = msgspec.structs.replace(empty_record(), made=datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    assert json.loads(written(record))["made"] == "2026-11-24T09:30:00Z"
