"""Which signers speak as the project itself, by the relationship that the policy gives them."""

from __future__ import annotations

from typing import Final

from avow.identity import UNSTATED

PROJECT_RELATIONSHIPS: Final = frozenset({"maintainer", "contributor", "automation", UNSTATED})
"""Signers that speak as the project; all others are third parties."""

OWN_RELATIONSHIPS: Final = PROJECT_RELATIONSHIPS | {"steward"}
"""Signers whose no counts as the project's own word, whatever others say."""
