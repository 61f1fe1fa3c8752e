"""Readings become entries: precedence, conflicts, evidence, and what `implemented` needs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from avow.catalogue.practices import load_catalogue
from avow.drafting.found import Found, Hint, InRepository, LeftOut, Pointer, Reading
from avow.drafting.merge import DraftEntry, entries_of

TODAY = date(2026, 11, 22)
FILE = Pointer(kind="file", target="SECURITY.md")


def reading(*found: Found, hints: tuple[Hint, ...] = (), label: str = "a") -> Reading:
    return Reading(label=label, found=found, hints=hints)


def fact(
    practice: str, name: str, value: Any, *, origin: str = "a:1", evidence: Pointer | None = FILE
) -> Found:
    return Found(practice=practice, fact=name, value=value, origin=origin, evidence=evidence)


def merged(
    *readings: Reading, base: str | None = "https://forge.dev/"
) -> tuple[dict[str, DraftEntry], tuple[LeftOut, ...]]:
    def link(place: InRepository) -> str | None:
        return None if base is None else base + place.path

    return entries_of(readings, catalogue=load_catalogue(), link=link)


CONTACT = fact("VUL-01", "contacts", [{"kind": "email", "value": "security@acme.dev"}])
PRIVATE = fact("VUL-01", "privateReporting", value=True)


def test_evidence_and_conditions_make_implemented() -> None:
    """Both are needed, and nothing else."""
    entries, _ = merged(reading(CONTACT, PRIVATE))
    assert entries["VUL-01"].is_implemented(TODAY)
    assert entries["VUL-01"].missing(TODAY) == ()


@pytest.mark.parametrize(
    "found",
    [
        (CONTACT,),
        (PRIVATE,),
        (CONTACT.model_copy(update={"evidence": None}), PRIVATE.model_copy(update={"evidence": None})),
        (CONTACT, PRIVATE, PRIVATE.model_copy(update={"value": False})),
    ],
)
def test_nothing_else_makes_implemented(found: tuple[Found, ...]) -> None:
    """A missing fact, missing evidence or one false value prevents it."""
    entries, _ = merged(reading(*found))
    assert not entries["VUL-01"].is_implemented(TODAY)


def test_the_first_value_is_kept_and_others_are_mentioned() -> None:
    """The order of readings is their precedence; an equal value adds nothing."""
    other = Pointer(kind="file", target="other")
    entries, _ = merged(
        reading(fact("VUL-02", "acknowledgeWithinDays", 2)),
        reading(
            fact("VUL-02", "acknowledgeWithinDays", 5, origin="b:2", evidence=other),
            fact("VUL-02", "acknowledgeWithinDays", 2, origin="b:3", evidence=other),
        ),
    )

    stated = entries["VUL-02"].facts["acknowledgeWithinDays"]
    assert (stated.value, stated.others) == (2, ["b:2 says 5 instead"])
    assert entries["VUL-02"].evidence == [FILE]


def test_false_replaces_true() -> None:
    """One workflow that pins nothing is enough to deny it."""
    entries, _ = merged(
        reading(
            fact("REL-06", "actionsPinned", value=True),
            fact("REL-06", "actionsPinned", value=False, origin="b:1"),
            fact("REL-06", "actionsPinned", value=True, origin="c:1"),
        )
    )

    stated = entries["REL-06"].facts["actionsPinned"]
    assert (stated.value, stated.others) == (False, ["a:1 says true instead", "c:1 says true instead"])


def test_lists_are_joined_without_duplicates() -> None:
    """The same address from two sources is one contact."""
    again = CONTACT.model_copy(
        update={"value": ({"kind": "web", "value": "Security@acme.dev"},), "origin": "b:1"}
    )
    more = CONTACT.model_copy(update={"value": ({"kind": "email", "value": "b@acme.dev"},), "origin": "c:1"})
    plain = [fact("VUL-01", "languages", ["en"]), fact("VUL-01", "languages", ["en", "de"], origin="c:2")]
    entries, _ = merged(reading(CONTACT, again, more, *plain))

    assert [contact["value"] for contact in entries["VUL-01"].facts["contacts"].value] == [
        "security@acme.dev",
        "b@acme.dev",
    ]
    assert entries["VUL-01"].facts["contacts"].origin == "a:1, c:1"
    assert entries["VUL-01"].facts["languages"].value == ["en", "de"]


def test_facts_about_one_thing_come_from_one_reading() -> None:
    """The tool of one source and the frequency of another must not be combined."""
    entries, _ = merged(
        reading(fact("DEP-04", "tool", "one")),
        reading(fact("DEP-04", "tool", "two"), fact("DEP-04", "frequency", "daily")),
        reading(fact("DEP-04", "tool", "three"), fact("DEP-04", "frequency", "weekly")),
    )

    assert {name: stated.value for name, stated in entries["DEP-04"].facts.items()} == {
        "tool": "two",
        "frequency": "daily",
    }


def test_values_of_another_type_are_left_out() -> None:
    """The types of the catalogue decide; texts are first cleaned and shortened."""
    entries, left_out = merged(
        reading(
            fact("VUL-02", "policyUrl", "ftp://x", origin="b:7"),
            fact("VUL-02", "inScope", "a\n\x1b b" + "c" * 5000),
        )
    )

    assert [item.origin for item in left_out] == ["b:7"]
    assert "policyUrl" not in entries["VUL-02"].facts
    assert entries["VUL-02"].facts["inScope"].value.startswith("a bcc")
    assert len(entries["VUL-02"].facts["inScope"].value) == 1000


def test_files_of_the_repository_get_their_url() -> None:
    """Without a known forge the file is only evidence, and a hint says that its URL is missing."""
    found = fact("VUL-02", "policyUrl", InRepository(path="SECURITY.md"))
    linked, _ = merged(reading(found))
    unlinked, _ = merged(reading(found), base=None)

    assert linked["VUL-02"].facts["policyUrl"].value == "https://forge.dev/SECURITY.md"
    assert unlinked["VUL-02"].facts == {}
    assert unlinked["VUL-02"].evidence == [FILE]
    assert unlinked["VUL-02"].is_drafted
    assert unlinked["VUL-02"].hints[0].text == "policyUrl should be the public URL of SECURITY.md"


def test_hints_are_kept_once_with_their_evidence() -> None:
    """The same hint from two sources is kept once."""
    hint = Hint(practice="SRC-02", text="x", origin="a:1", evidence=FILE)
    entries, _ = merged(reading(hints=(hint, hint)))

    assert len(entries["SRC-02"].hints) == 1
    assert entries["SRC-02"].evidence == [FILE]
    assert not entries["SRC-01"].is_drafted


def test_an_observation_has_no_status_and_asks_what_people_know() -> None:
    """Dates and URLs can be looked up; a person is asked for the rest."""
    entries, _ = merged(reading(fact("GOV-03", "lifecycleState", "active")))

    assert not entries["GOV-03"].is_implemented(TODAY)
    assert entries["GOV-03"].missing(TODAY) == ("activeMaintainers", "canReleaseWithout")
