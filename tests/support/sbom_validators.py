"""Strict validators of SBOM formats by other projects: what they say is wrong with a document."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import jsonschema_rs
from spdx_python_model.bindings import v3_0_1
from spdx_tools.spdx.parser.error import SPDXParsingError
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def invalid(data: bytes) -> list[str]:
    """The messages of the strict validator of the document's own format; empty if it is valid."""
    document = json.loads(data.decode("utf-8-sig"))
    if "specVersion" in document:
        return _cyclonedx(document)
    return _spdx_2(document) if "spdxVersion" in document else _spdx_3(data)


def _cyclonedx(document: Mapping[str, Any]) -> list[str]:
    schema = _schema(str(document["specVersion"]))
    return sorted(
        f"{'/'.join(map(str, each.instance_path))}: {each.message}" for each in schema.iter_errors(document)
    )


@cache
def _schema(version: str) -> Any:
    return jsonschema_rs.validator_for(
        _file(f"bom-{version}.SNAPSHOT.schema.json"),
        retriever=lambda uri: _file(uri.rpartition("/")[2]),
        validate_formats=True,
    )


def _file(name: str) -> Any:
    path = resources.files("cyclonedx.schema") / "_res" / name
    return json.loads(path.read_text(encoding="utf-8"))


def _spdx_2(document: dict[str, Any]) -> list[str]:
    try:
        parsed = JsonLikeDictParser().parse(document)  # type: ignore[no-untyped-call]
    except SPDXParsingError as error:
        return sorted(error.get_messages())  # type: ignore[no-untyped-call]
    return sorted(each.validation_message for each in validate_full_spdx_document(parsed))


def _spdx_3(data: bytes) -> list[str]:
    try:
        v3_0_1.JSONLDDeserializer().read(io.BytesIO(data), v3_0_1.SHACLObjectSet())
    except (ValueError, TypeError, KeyError) as error:
        return [f"{type(error).__name__}: {error}"]
    return []
