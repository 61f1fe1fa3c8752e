"""What the attacks on a survey need: a directory, hostile SBOMs and data, and the record that came out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from avow.cli import run

SHA256: Final = "SHA-256"
"""As CycloneDX names it."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """How a survey ended, and the record, empty if none was written."""

    code: int
    record: dict[str, Any]

    @property
    def totals(self) -> dict[str, int]:
        """The numbers of the first screen."""
        found: dict[str, int] = self.record["totals"]
        return found

    @property
    def components(self) -> list[dict[str, Any]]:
        """All components."""
        found: list[dict[str, Any]] = self.record["components"]
        return found

    @property
    def matches(self) -> list[tuple[str, str]]:
        """Name of the component and id of the advisory, for every match."""
        names = {each["id"]: each["name"] for each in self.components}
        return sorted(
            (names[match["component"]], match["advisory"])
            for each in self.record.get("vulnerabilities", ())
            for match in each["matches"]
        )

    def listed(self, field: str) -> list[dict[str, Any]]:
        """A list of the record, empty if the record leaves it out."""
        found: list[dict[str, Any]] = self.record.get(field, [])
        return found


class Attack:
    """A directory of a victim, who surveys whatever is put there."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def put(self, name: str, content: bytes | str | Mapping[str, Any] | list[Any]) -> Path:
        """Write a file; what is not text or bytes becomes JSON."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, bytes | str):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def survey(self, *arguments: object, record: str = "record.json") -> Surveyed:
        """Survey in this process; the record goes to a file that did not exist."""
        path = self.directory / record
        path.unlink(missing_ok=True)
        code = run(["survey", *map(str, arguments), "--record", str(path), "--quiet"])
        return Surveyed(code, json.loads(path.read_bytes()) if path.exists() else {})

    def of(self, sbom: bytes | str | Mapping[str, Any], *arguments: object) -> Surveyed:
        """Survey one SBOM."""
        return self.survey(self.put("bom.json", sbom), *arguments)

    def data(self, *files: Path, name: str = "snapshots") -> Path:
        """A data directory of these files."""
        directory = self.directory / name
        assert run(["data", "add", "--data", str(directory), *map(str, files)]) == 0
        return directory


def sha256(value: str) -> dict[str, str]:
    """A digest as CycloneDX writes it."""
    return {"alg": SHA256, "content": value.rjust(64, "0")}
