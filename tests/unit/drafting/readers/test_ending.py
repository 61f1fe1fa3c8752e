"""What a README says about the end of its project."""

from __future__ import annotations

from typing import Any

import pytest

from avow.drafting.readers.project_documents import read_project_document


def ended(reads: Any, text: str) -> tuple[list[str], list[Any]]:
    found = reads(read_project_document, text, path="README.md")
    return [sign.origin for sign in found.reading.ended], found.fact("GOV-03", "lifecycleState")


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("# Deprecated!\n\nOld text.\n", []),
        ("# acmelib\n\n**This project is no longer maintained.**\n", ["archived"]),
        ("# acmelib\n\n> [!WARNING]\n> This repository has been archived.\n", ["archived"]),
        ("# acmelib\n\n> This library is unmaintained.\n", ["archived"]),
        ("# acmelib\n\nThe package is not actively maintained any more.\n", ["archived"]),
        ("# acmelib\n\nNo new releases are expected.\n", ["archived"]),
        ("# acmelib\n\nacmelib is deprecated. Use other instead.\n", []),
        ("# acmelib\n\nThis project has moved to https://forge.dev/new/home.\n", []),
        ("# acmelib\n\nIt was superseded by betalib.\n", []),
        ("# acmelib\n\nThis project is looking for a new maintainer.\n", ["seekingMaintainers"]),
        ("# acmelib\n\n[![u](https://unmaintained.tech/badge.svg)](https://unmaintained.tech/)\n", []),
        (
            "[![s](https://www.repostatus.org/badges/latest/abandoned.svg)](https://www.repostatus.org/#abandoned)\n",
            [],
        ),
        ("## ARCHIVED\n\ntext\n", []),
        ("UNMAINTAINED\n============\n\ntext\n", []),
    ],
)
def test_signs_of_an_end(reads: Any, text: str, states: list[str]) -> None:
    """Each is a sign; it is a state of life only where the sentence is plainly about the whole project."""
    signs, found = ended(reads, text)

    assert signs
    assert found == states


@pytest.mark.parametrize(
    "text",
    [
        "# acmelib\n\nThis project is actively maintained.\n",
        "# acmelib\n\nThis project is not deprecated.\n",
        "# acmelib\n\nThe function `old()` is deprecated.\n",
        "# acmelib\n\nPython 2 is no longer supported.\n",
        "# acmelib\n\nVersion 1.x is no longer maintained.\n",
        "# acmelib\n\n```\nThis project is no longer maintained.\n```\n",
        "# acmelib\n\n<!-- This project is no longer maintained. -->\n",
        "# acmelib\n" + "\ntext\n" * 60 + "\nThis project is no longer maintained.\n",
        "# acmelib\n\nFinds archived files.\n",
    ],
)
def test_other_things_end_too(reads: Any, text: str) -> None:
    """Functions, versions and platforms, a denial, code, a comment, and text far below the start."""
    assert ended(reads, text) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "# acmelib\n\n> [!NOTE]\n> acmelib is currently in maintenance mode; bugs will be fixed.\n",
        "# acmelib\n\nThis project is in maintenance mode.\n",
    ],
)
def test_maintenance_only(reads: Any, text: str) -> None:
    """Less than active, but not the end."""
    assert ended(reads, text) == ([], ["maintenanceOnly"])
