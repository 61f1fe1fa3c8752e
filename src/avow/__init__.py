"""Declare, sign and verify the cyber-resilience practices of an open source project.

The public API: what is listed in `__all__`, and nothing else. Every other module may change with any release.
Importing this package loads nothing; a name is imported when it is first used. docs/api.md has examples.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from avow.api import Verifier, load_declaration, sign, subject_of, withdraw
    from avow.declaration.avow_yaml import Declaration
    from avow.errors import AvowError
    from avow.results import Decision, Report
    from avow.signing.client import SigningService
    from avow.subject import Subject
    from avow.vocabulary import Outcome, Verdict

__version__ = "0.1.0"

__all__ = [
    "AvowError",
    "Decision",
    "Declaration",
    "Outcome",
    "Report",
    "SigningService",
    "Subject",
    "Verdict",
    "Verifier",
    "load_declaration",
    "sign",
    "subject_of",
    "withdraw",
]

_HOMES: Final = {
    "AvowError": "avow.errors",
    "Decision": "avow.results",
    "Declaration": "avow.declaration.avow_yaml",
    "Outcome": "avow.vocabulary",
    "Report": "avow.results",
    "SigningService": "avow.signing.client",
    "Subject": "avow.subject",
    "Verdict": "avow.vocabulary",
    "Verifier": "avow.api",
    "load_declaration": "avow.api",
    "sign": "avow.api",
    "subject_of": "avow.api",
    "withdraw": "avow.api",
}


def __getattr__(name: str) -> Any:
    """The public name, imported now (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'avow' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names, also those that have not been used yet."""
    return sorted({*globals(), *__all__})
