"""Reviews that are too old for a profile, for `avow check` and `avow attest`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from avow.catalogue.profiles import load_profile, profile_names
from avow.declaration.avow_yaml import Declaration

__all__ = ["old_reviews"]


def old_reviews(declaration: Declaration, *, today: date) -> Iterator[str]:
    """One line for each limit that is passed, with its practices; the lowest limit of any profile counts."""
    limits: dict[str, int] = {}
    for name in profile_names():
        for requirement in load_profile(name).required:
            days = requirement.declared_within_days
            if days is not None:
                limits[requirement.practice] = min(days, limits.get(requirement.practice, days))
    old: dict[int, list[str]] = {}
    for practice in declaration.practices:
        limit = limits.get(practice.id)
        if limit is not None and practice.reviewed_at and (today - practice.reviewed_at).days > limit:
            old.setdefault(limit, []).append(practice.id)
    for limit, practices in sorted(old.items()):
        yield (
            f"note: reviewed more than {limit} days ago, so some profiles will not count them: "
            + ", ".join(practices)
        )
