"""The types of facts, their conditions, and the refusal of damaged catalogue files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.catalogue.facts import FactType
from avow.catalogue.practices import Catalogue, CraFact, UnmetCondition, load_catalogue, read_catalogue
from avow.errors import InputInvalid
from avow.formats.nodes import MAX_INTEGER
from avow.formats.vers import parse_vers
from avow.values import freeze, nearest
from avow.vocabulary import Outcome

TODAY = date(2026, 11, 22)
CATALOGUE = load_catalogue()
LINE = "vers:pypi/>=2.4|<2.5"


@lru_cache
def shipped() -> Mapping[str, bytes]:
    folder = resources.files("avow._predicates") / "catalogue"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".toml")}


def in_range(version: str, versions: str) -> bool:
    return parse_vers(versions).contains(version)


def unmet(
    practice_id: str, facts: Mapping[str, Any], *, version: str | None = "2.4.1"
) -> tuple[UnmetCondition, ...]:
    practice = CATALOGUE.practice(practice_id)
    assert practice is not None
    return practice.unmet(facts, today=TODAY, version=version, version_in_range=in_range)


def failing(practice_id: str, facts: Mapping[str, Any], *, version: str | None = "2.4.1") -> list[str]:
    return [condition.fact for condition in unmet(practice_id, facts, version=version)]


def fact(practice_id: str, name: str) -> FactType:
    practice = CATALOGUE.practice(practice_id)
    assert practice is not None
    return practice.facts[name]


# --- types


SCALARS: list[tuple[str, Any, Any]] = [
    ("url", "https://acme.example/a?b=c#d", "https://user@acme.example/"),
    ("url", "http://acme.example", "javascript:alert(1)"),
    ("page", "https://acme.example/a", "https://acme.example/"),
    ("page", "https://acme.example/#a", "https://acme.example"),
    ("page", "https://acme.example?a", "https://acme.example?"),
    ("page", "https://acme.example/a", "https:///a"),
    ("email", "security@acme.example", "https://acme.example/a"),
    ("email", "mailto:security@acme.example", "security@acme"),
    ("spdxExpression", "Apache-2.0", "Apache"),
    ("spdxExpression", "(MIT OR LicenseRef-Acme) AND GPL-2.0+", ["MIT"]),
    ("string", "words", 3),
    ("string", "none of the above", "None."),
    ("string", "0", " \t"),
    ("string", "unknown callers", "unknown"),
    ("string", "words", None),
    ("boolean", False, 0),
    ("boolean", True, "true"),
    ("integer", 0, False),
    ("integer", MAX_INTEGER, MAX_INTEGER + 1),
    ("integer", 1, -1),
    ("integer", 1, 1.0),
    ("date", "2028-02-29", "2027-02-29"),
    ("date", "2026-11-22", "20261122"),
    ("date", "1990-01-01", "1989-12-31"),
    ("date", "2026-11-22", "1970-01-01"),
    ("date", "2026-11-22", date(2026, 11, 22)),
    ("versRange", LINE, "vers:pypi/*"),
    ("versRange", LINE, ">=2.4"),
    ("versRange", LINE, 2.4),
    ("digestSet", {"sha256": "0" * 64}, {}),
    ("digestSet", {"sha256": "0" * 64, "sha512": "a" * 128}, {"sha256": "0" * 63}),
    ("digestSet", {"sha256": "0" * 64}, {"sha1": "0" * 40}),
    ("digestSet", {"sha256": "0" * 64}, {"sha256": 0}),
    ("digestSet", {"sha256": "0" * 64}, "sha256:" + "0" * 64),
]


@pytest.mark.parametrize(("kind", "good", "bad"), SCALARS)
def test_scalar_types(kind: Any, good: Any, bad: Any) -> None:
    """Each type accepts its values and refuses similar ones."""
    of_kind = FactType(type=kind)

    assert of_kind.problems(good) == ()
    assert of_kind.read(good) == good
    assert [problem.path for problem in of_kind.problems(bad)] == [()]
    assert of_kind.read(bad) is None
    assert all(problem.message and problem.fix for problem in of_kind.problems(bad))


@pytest.mark.parametrize("blank", ["", " ", ".", "-", " ... ", "\t", "…", "n/a", "N.A.", "(none)", "TBD!"])
def test_text_that_says_nothing(blank: str) -> None:
    """A producer does not write it, and a reader takes it for no answer."""
    text = FactType(type="string")

    assert text.problems(blank)
    assert text.read(blank) is None
    assert text.problems("n/") == text.problems("é") == ()


@pytest.mark.parametrize(
    ("written", "empty"),
    [
        (None, True),
        ([], True),
        ([7], False),
        ([0], False),
        ([None], False),
        ([""], False),
        (["."], False),
        ([[]], False),
        ({}, False),
        (0, False),
        (False, False),
        ("", False),
        ("  ", False),
        (".", False),
    ],
)
def test_empty_looks_at_the_value_as_written(written: Any, *, empty: bool) -> None:
    """A list whose items nobody can read does not say that there are none."""
    unmet = failing("LIC-02", {"allOpen": True, "exceptions": written})
    assert unmet == ([] if empty else ["exceptions"])


def test_enum_suggests_the_nearest_word() -> None:
    """The fix for a misspelt word is the right word."""
    (problem,) = fact("GOV-03", "lifecycleState").problems("activ")

    assert problem.fix == "did you mean active?"
    assert fact("GOV-03", "lifecycleState").problems(["active"])[0].path == ()


def test_date_or_word() -> None:
    """A date and a listed word fit; any other word does not."""
    until = fact("SUP-01", "lines").fields["securityUntil"]

    assert until.problems("2029-06-30") == until.problems("untilNext") == ()
    assert "untilNext" in until.problems("untilnext")[0].fix
    assert until.problems(["untilNext"])
    assert until.problems("1970-01-01")


def test_integer_with_a_maximum() -> None:
    """A value above the maximum is refused."""
    assert fact("REL-05", "slsaBuildLevel").problems(3) == ()
    assert (
        fact("REL-05", "slsaBuildLevel").problems(4)[0].fix
        == "write a whole number from 0 to 3, without quotes"
    )


def test_problems_of_a_record_are_reported_together() -> None:
    """Missing, wrong and unknown fields each have their place; the fix is the nearest name."""
    problems = fact("VUL-01", "contacts").problems(
        [{"kind": "email", "valeu": "a@b.example"}, "a@b.example", {"kind": 1}]
    )

    assert [problem.path for problem in problems] == [(0,), (0, "valeu"), (1,), (2, "kind"), (2,)]
    assert problems[1].fix == "did you mean value?"


def test_unknown_field_without_a_near_name_lists_the_known_ones() -> None:
    """Without a similar name, the fix is the list of fields."""
    (problem,) = fact("VUL-04", "feeds").problems([{"kind": "rss", "url": "https://a.example/x", "zzz": 1}])

    assert problem.fix == "use one of kind, url, machineReadable, subscribeUrl"


def test_optional_fields_may_be_absent() -> None:
    """`optional` fields may be absent, and are checked if present."""
    feed = {"kind": "rss", "url": "https://a.example/x"}

    assert fact("VUL-04", "feeds").problems([feed]) == ()
    assert fact("VUL-04", "feeds").problems([feed | {"machineReadable": "yes"}])[0].path == (
        0,
        "machineReadable",
    )


@pytest.mark.parametrize("value", ["text", {"kind": "rss"}, 3, None, True])
def test_a_value_that_is_not_a_list(value: Any) -> None:
    """It is one problem, not one per character."""
    assert [problem.path for problem in fact("VUL-04", "feeds").problems(value)] == [()]


def test_frozen_values_fit_like_plain_ones() -> None:
    """Tuples and read-only mappings count as lists and objects."""
    assert fact("VUL-04", "feeds").problems(freeze([{"kind": "rss", "url": "https://a.example/x"}])) == ()


def test_shorthand_becomes_the_wire_form() -> None:
    """An author may use the kind as the key; the other fields are kept."""
    contacts, feeds = fact("VUL-01", "contacts"), fact("VUL-04", "feeds")

    assert contacts.wire([{"email": "a@b.example"}, {"privateReport": "https://a.example/x"}]) == [
        {"kind": "email", "value": "a@b.example"},
        {"kind": "forgePrivateReport", "value": "https://a.example/x"},
    ]
    assert feeds.wire([{"atom": "https://a.example/x", "machineReadable": True}]) == [
        {"kind": "atom", "url": "https://a.example/x", "machineReadable": True}
    ]


@pytest.mark.parametrize(
    "written",
    [
        {"kind": "email", "value": "a@b.example"},
        {"email": "a@b.example", "web": "https://a.example/x"},
        {"email": "a@b.example", "value": "b@b.example"},
        {"kind": "web", "email": "a@b.example"},
        {"fax": "1"},
        "a@b.example",
    ],
)
def test_other_forms_are_not_shorthand(written: Any) -> None:
    """Two kinds, or a kind next to its own shorthand, are left for `problems` to judge."""
    assert fact("VUL-01", "contacts").wire([written]) == [written]


def test_wire_does_not_change_other_types() -> None:
    """Only records can have a shorthand."""
    assert fact("VUL-01", "contacts").wire("text") == "text"
    assert fact("SUP-01", "lines").wire([{"versions": LINE}]) == [{"versions": LINE}]
    assert fact("VUL-01", "languages").wire(["en"]) == ["en"]


def test_read_keeps_the_items_that_fit() -> None:
    """Readers ignore unknown fields of an item, and items of another type."""
    feed = {"kind": "rss", "url": "https://a.example/x", "later": 1}

    assert fact("VUL-04", "feeds").read([feed, {"kind": "rss"}, "text"]) == (feed,)
    assert fact("VUL-04", "feeds").read("text") is None
    assert fact("SUP-01", "lines").fields["supportedBy"].read(None) == "project"


URL = FactType(type="url")


def test_the_item_of_a_list() -> None:
    """A list has the type of its items; any other type is its own item."""
    assert fact("VUL-01", "languages").item.type == "string"
    assert URL.item is URL


@pytest.mark.parametrize(
    "keys",
    [
        {"type": "list"},
        {"type": "string", "of": "string"},
        {"type": "enum"},
        {"type": "list", "of": "enum"},
        {"type": "string", "values": ("a",)},
        {"type": "dateOrWord"},
        {"type": "date", "words": ("a",)},
        {"type": "record"},
        {"type": "string", "maximum": 3},
        {"type": "enum", "values": ("a",), "aliases": {"b": "c"}},
        {"type": "enum", "values": ("a",), "default": "b"},
        {"type": "string", "shorthand": ("a", "b")},
        {"type": "record", "fields": {"a": URL}, "shorthand": ("a",)},
        {"type": "record", "fields": {"a": URL}, "shorthand": ("a", "b")},
        {
            "type": "record",
            "fields": {"a": FactType(type="url"), "b": FactType(type="url")},
            "shorthand": ("a", "b"),
        },
    ],
)
def test_each_type_has_keys_of_its_own(keys: dict[str, Any]) -> None:
    """A key of another type, or one that refers to nothing, is refused."""
    with pytest.raises(ValueError, match=r"belong|does not name|is not one of|shorthand"):
        FactType(**keys)


MEANINGFUL = ["2026-11-22", "2031-01-01", "untilNext", "ended", LINE, "https://a.example/x", "all", "yes"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(MEANINGFUL),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.slow
@given(value=JSON)
def test_any_json_is_checked_without_an_exception(value: Any) -> None:
    """Every type accepts a value or returns its problems, whatever a stranger signed."""
    for practice in CATALOGUE.practices:
        for kind in practice.facts.values():
            assert (kind.problems(kind.wire(value)) == ()) <= (kind.read(kind.wire(value)) is not None)


@pytest.mark.slow
@given(
    facts=st.dictionaries(st.sampled_from(sorted({n for p in CATALOGUE.practices for n in p.facts})), JSON)
)
def test_random_facts_never_make_implemented_by_accident(facts: dict[str, Any]) -> None:
    """Conditions never raise; if they hold, every fact that they name exists and fits its type."""
    for practice in CATALOGUE.practices:
        if practice.is_observation or practice.unmet(
            facts, today=TODAY, version="2.4.1", version_in_range=lambda _version, _range: True
        ):
            continue
        for conditions in (practice.implemented_when, practice.or_implemented_when):
            named = {(c.list_name or c.name) for c in conditions if c.op != "empty"}
            if conditions and all(practice.facts[name].read(facts.get(name)) is not None for name in named):
                break
        else:
            pytest.fail(practice.id)


# --- conditions


def test_present_counts_false_and_zero() -> None:
    """`present` means given, and false is an answer."""
    facts = {"url": "https://a.example/x", "format": "text", "hasDigests": False}

    assert failing("DEP-01", facts) == []
    assert failing("DEP-01", {**facts, "hasDigests": None}) == ["hasDigests"]
    assert failing("DEP-01", {**facts, "hasDigests": "no"}) == ["hasDigests"]


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_non_empty_text(blank: Any) -> None:
    """Blank text counts as empty."""
    facts = {"tool": "scanner", "frequency": "daily", "thresholdPolicyUrl": "https://a.example/x"}

    assert failing("DEP-04", facts) == []
    assert failing("DEP-04", facts | {"tool": blank}) == ["tool"]


def test_non_empty_integer() -> None:
    """Zero counts as empty."""
    facts = {"scope": "all", "reviewersRequired": 1, "enforced": True}

    assert failing("SRC-03", facts) == []
    assert failing("SRC-03", facts | {"reviewersRequired": 0}) == ["reviewersRequired"]


def test_non_empty_list_counts_only_items_that_fit() -> None:
    """A list of invalid items counts as empty."""
    contact = {"kind": "email", "value": "security@acme.example"}
    assert failing("VUL-01", {"contacts": [contact], "privateReporting": True}) == []
    for value in ("", " ", ".", "a", "a@b", "http://x", "https://acme.example@evil"):
        contact = {"kind": "email", "value": value}
        assert failing("VUL-01", {"contacts": [contact], "privateReporting": True}) == ["contacts"], value
    assert failing("VUL-01", {"contacts": ["garbage"], "privateReporting": True}) == ["contacts"]


@pytest.mark.parametrize("exceptions", [[{"purl": "x", "reason": "y"}], ["garbage"], "garbage"])
def test_status_contradicted_by_its_own_exceptions(exceptions: Any) -> None:
    """`allOpen` together with an exception, in any form, is not implemented."""
    assert failing("LIC-02", {"allOpen": True}) == []
    assert failing("LIC-02", {"allOpen": True, "exceptions": []}) == []
    assert failing("LIC-02", {"allOpen": True, "exceptions": exceptions}) == ["exceptions"]


@pytest.mark.parametrize("value", [False, 1, "true", None])
def test_is_true_accepts_only_true(value: Any) -> None:
    """Other truthy values do not count."""
    facts = {"guideUrl": "https://a.example/x", "qualityBarDocumented": value}

    assert failing("GOV-01", facts) == ["qualityBarDocumented"]


def test_in_accepts_only_listed_values() -> None:
    """SLSA build level 0 and `true` are not in 1, 2 and 3."""
    facts = {"slsaBuildLevel": 2, "builderId": "b", "provenanceUrl": "https://a.example/x"}

    assert failing("REL-05", facts) == []
    assert failing("REL-05", facts | {"slsaBuildLevel": 0}) == ["slsaBuildLevel"]
    assert failing("REL-05", facts | {"slsaBuildLevel": True}) == ["slsaBuildLevel"]


def test_a_review_can_not_be_in_the_future() -> None:
    """The date must not be after the evaluation."""
    facts = {"url": "https://a.example/x", "date": "2026-11-22", "coversVersions": LINE}

    assert failing("DOC-04", facts) == []
    assert failing("DOC-04", facts | {"date": "2026-11-23"}) == ["date"]


def test_range_must_contain_the_version() -> None:
    """A range of other versions does not count; without a version, any range does."""
    facts = {"url": "https://a.example/x", "date": "2026-01-01", "coversVersions": LINE}

    assert failing("DOC-04", facts, version="2.5.0") == ["coversVersions"]
    assert failing("DOC-04", facts, version=None) == []
    assert failing("DOC-04", facts | {"coversVersions": "all"}, version=None) == ["coversVersions"]


def test_one_item_must_satisfy_all_conditions() -> None:
    """A named tool that runs ad hoc and an unnamed tool in CI are not a named tool in CI."""
    policy = {"findingsPolicyUrl": "https://a.example/x"}
    adhoc = {"type": "SAST", "name": "lint", "runs": "adhoc"}
    unnamed = {"type": "SAST", "name": "", "runs": "ci"}

    assert failing("TST-02", policy | {"tools": [adhoc, unnamed]}) != []
    assert failing("TST-02", policy | {"tools": [adhoc, unnamed | {"name": "lint"}]}) == []


def test_the_closest_item_is_reported() -> None:
    """The item with the fewest failures explains the refusal."""
    policy = {"findingsPolicyUrl": "https://a.example/x"}
    far = {"type": "other", "name": "", "runs": "adhoc"}
    near = {"type": "SAST", "name": "lint", "runs": "adhoc"}

    assert failing("TST-02", policy | {"tools": [far, near]}) == ["tools[].runs"]


@pytest.mark.parametrize("tools", [None, [], "lint", [{"name": "lint"}]])
def test_a_list_without_usable_items_is_reported_as_a_whole(tools: Any) -> None:
    """An empty list has no closest item."""
    assert failing("TST-02", {"tools": tools, "findingsPolicyUrl": "https://a.example/x"}) == ["tools"]


# --- SUP-01: the line that contains the version


def lines(*rows: tuple[str, str] | tuple[str, str, str]) -> dict[str, Any]:
    return {
        "lines": [
            {"versions": row[0], "securityUntil": row[1], **({"supportedBy": row[2]} if len(row) > 2 else {})}
            for row in rows
        ]
    }


@pytest.mark.parametrize("until", ["2026-11-23", "2031-01-01", "untilNext"])
def test_supported_line(until: str) -> None:
    """A date after today counts, and so does the next release line."""
    assert unmet("SUP-01", lines((LINE, until), ("vers:pypi/<2.4", "ended"))) == ()


@pytest.mark.parametrize(
    ("until", "outcome"),
    [
        ("2026-11-22", Outcome.DECLARED_GAP),
        ("2020-01-01", Outcome.DECLARED_GAP),
        ("ended", Outcome.DECLARED_GAP),
        ("bestEffort", Outcome.SHORTFALL),
    ],
)
def test_unsupported_line(until: str, outcome: Outcome) -> None:
    """Support has ended, or there is no commitment; other lines do not help."""
    (condition,) = unmet("SUP-01", lines(("vers:pypi/<2.4", "2031-01-01"), (LINE, until)))

    assert (condition.fact, condition.outcome) == ("lines[].securityUntil", outcome)


def test_no_line_contains_the_version() -> None:
    """No line contains the version of the component."""
    (condition,) = unmet("SUP-01", lines((LINE, "2031-01-01")), version="3.0.0")

    assert (condition.fact, condition.outcome) == ("lines[].versions", Outcome.DECLARED_GAP)


@pytest.mark.parametrize("second", [(LINE, "ended"), (LINE, "2031-01-01"), (LINE, "ended", "project")])
def test_two_lines_of_one_provider_that_contain_the_version(second: Any) -> None:
    """Two answers of one provider cancel out; without a provider, the project is meant."""
    assert failing("SUP-01", lines((LINE, "2031-01-01"), second)) == ["lines[].versions"]


def test_lines_of_two_providers() -> None:
    """A line of a third party counts, even if the project's own line has ended."""
    assert unmet("SUP-01", lines((LINE, "ended"), (LINE, "2031-01-01", "thirdParty"))) == ()


def test_best_effort_ranks_above_ended_in_any_order() -> None:
    """Of two lines that contain the version, the better one counts."""
    rows: list[tuple[str, str] | tuple[str, str, str]] = [(LINE, "ended"), (LINE, "bestEffort", "steward")]

    for order in (rows, rows[::-1]):
        assert [condition.outcome for condition in unmet("SUP-01", lines(*order))] == [Outcome.SHORTFALL]


def test_declaration_alone() -> None:
    """Without a version, at least one line must still be supported."""
    assert failing("SUP-01", lines((LINE, "untilNext"), (LINE, "ended")), version=None) == []
    assert failing("SUP-01", lines((LINE, "ended")), version=None) == ["lines[].securityUntil"]


# --- alternatives


def test_either_list_of_conditions_is_enough() -> None:
    """The code is memory safe, or its risks are mitigated."""
    parts = [{"part": "the parser", "mitigations": ["fuzzing"]}]
    assert failing("TST-03", {"memorySafeShare": "all"}) == []
    assert failing("TST-03", {"memorySafeShare": "some", "unsafeParts": parts}) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ["memorySafeShare"]),
        ({"memorySafeShare": "some"}, ["unsafeParts"]),
        (
            {"memorySafeShare": "all", "unsafeParts": [{"part": "p", "mitigations": ["fuzzing"]}]},
            ["memorySafeShare"],
        ),
        (
            {"memorySafeShare": "some", "unsafeParts": [{"part": "p", "mitigations": ["hope"]}]},
            ["unsafeParts", "unsafeParts"],
        ),
        (
            {"memorySafeShare": "some", "unsafeParts": [{"part": "p", "mitigations": []}]},
            ["unsafeParts[*].mitigations"],
        ),
    ],
)
def test_the_closer_alternative_is_reported(facts: dict[str, Any], expected: list[str]) -> None:
    """The list with fewer failures explains the refusal."""
    assert failing("TST-03", facts) == expected


def test_risky_defaults_are_named_or_there_are_none() -> None:
    """`yes` contradicts a risky default, and `partly` requires one."""
    guide = {"url": "https://a.example/x"}

    assert failing("DOC-02", guide | {"safeByDefault": "yes", "riskyDefaults": []}) == []
    assert failing("DOC-02", guide | {"safeByDefault": "partly", "riskyDefaults": ["x"]}) == []
    assert failing("DOC-02", guide | {"safeByDefault": "yes", "riskyDefaults": ["x"]}) == ["riskyDefaults"]
    assert failing("DOC-02", guide | {"safeByDefault": "partly", "riskyDefaults": []}) == ["safeByDefault"]
    assert failing("DOC-02", guide | {"safeByDefault": "yes"}) == ["riskyDefaults"]


def test_which_facts_decide() -> None:
    """Those that a condition looks at, and all of an observation, in which any word may be a no."""
    for practice in load_catalogue().practices:
        assert set(practice.deciding_facts) <= set(practice.facts)
        assert practice.deciding_facts
    catalogue = load_catalogue()
    observation = catalogue.practice("GOV-03")
    assert observation is not None
    assert observation.deciding_facts == tuple(observation.facts)
    support = catalogue.practice("SUP-01")
    assert support is not None
    assert support.deciding_facts[:1] == ("lines",)


def test_an_observation_without_its_facts_is_unknown() -> None:
    """It has no status, so nobody has a gap in it; but it must say what it is about."""
    assert [each.outcome for each in unmet("GOV-03", {"activeMaintainers": 3})] == [Outcome.UNKNOWN]
    assert failing("VUL-05", {"historyUrl": "https://a.example/x"}) == [
        "windowMonths", "windowMonths", "asOf", "events",
    ]  # fmt: skip


EVENT = {"advisory": "CVE-2026-0001", "reportedAt": "2026-01-01"}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], []),
        ([EVENT], []),
        ([EVENT, EVENT | {"fixedAt": "2026-02-01"}], []),
        ([EVENT, EVENT | {"fixedAt": "2027-02-01"}], ["events[*].fixedAt"]),
        ([EVENT | {"reportedAt": "2027-02-01"}, EVENT], ["events[*].reportedAt"]),
        ([EVENT, {"advisory": "."}], ["events", "events"]),
        ("none", ["events", "events"]),
    ],
)
def test_every_item_must_satisfy_a_condition_on_all(events: Any, expected: list[str]) -> None:
    """One good item does not hide a bad one, and an item that nobody can use counts as bad."""
    facts = {"windowMonths": 24, "asOf": "2026-11-20", "events": events}

    assert failing("VUL-05", facts) == expected


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (1, "the first"),
        (4, "the 4th"),
        (11, "the 11th"),
        (21, "the 21st"),
        (22, "the 22nd"),
        (113, "the 113th"),
    ],
)
def test_the_place_of_an_item_that_is_not_usable(place: int, words: str) -> None:
    """The message says which one."""
    facts = {"windowMonths": 24, "asOf": "2026-11-20", "events": [*[EVENT] * (place - 1), {}]}

    assert unmet("VUL-05", facts)[-1].message == f"events has an item that is not usable, {words}"


@pytest.mark.parametrize(("days", "expected"), [(0, 1), (1, 0), (14, 0), (15, 1), (99999, 1)])
def test_counts_have_bounds(days: int, expected: int) -> None:
    """Nothing below the least, nothing above the most."""
    facts = {"policyUrl": "https://a.example/x", "discloseWithinDays": 90, "disclosureCountsFrom": "report"}

    assert failing("VUL-02", facts | {"acknowledgeWithinDays": days}) == ["acknowledgeWithinDays"] * expected


def test_what_need_not_be_given_must_be_right_if_it_is() -> None:
    """An optional date in the future is a mistake."""
    contact = {"contacts": [{"kind": "email", "value": "a@b.example"}], "privateReporting": True}

    assert failing("VUL-01", contact) == []
    assert failing("VUL-01", contact | {"securityTxtExpires": "2027-01-01"}) == []
    assert failing("VUL-01", contact | {"securityTxtExpires": "2026-01-01"}) == ["securityTxtExpires"]
    assert failing("VUL-01", contact | {"securityTxtExpires": "soon"}) == ["securityTxtExpires"]


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("email", "a@b.example", True),
        ("email", "https://b.example/x", False),
        ("web", "https://b.example/x", True),
        ("web", "https://b.example/", False),
        ("web", "a@b.example", False),
        ("forgePrivateReport", "https://b.example/x", True),
        ("forgePrivateReport", "a@b.example", False),
    ],
)
def test_a_contact_is_of_its_kind(kind: str, value: str, *, fits: bool) -> None:
    """An e-mail address that is called a page leads nowhere."""
    problems = fact("VUL-01", "contacts").problems([{"kind": kind, "value": value}])

    assert [problem.path for problem in problems] == ([] if fits else [(0, "value")])


def test_messages_name_what_was_found_and_what_is_needed() -> None:
    """A message has both, for every kind of value."""
    (message,) = [condition.message for condition in unmet("SUP-01", lines((LINE, "ended")))]
    assert message == 'lines[].securityUntil is "ended" but must be a date after 2026-11-22 or untilNext'
    assert "is missing" in unmet("GOV-01", {"qualityBarDocumented": True})[0].message
    values: tuple[Any, ...] = (3, "", True, {}, [])
    found = [unmet("REL-01", {"url": value})[0].message for value in values]
    assert [re.split(r" but | is ", message)[1] for message in found] == [
        "the number 3", "empty text", "true", "an empty mapping", "an empty list",
    ]  # fmt: skip


# --- the catalogue


def test_practice_by_id() -> None:
    """Known ids are found, and similar ones are suggested."""
    assert CATALOGUE.practice("SUP-1") is None
    assert CATALOGUE.nearest("sup-1") == "SUP-01"
    assert CATALOGUE.nearest("nothing like it") is None
    assert nearest("Active", ["active", "archived"]) == "active"


@pytest.mark.parametrize(
    ("reference", "citation"),
    [
        ("AnnexI.I.1", "CRA Annex I Part I (1)"),
        ("AnnexI.I.2.a", "CRA Annex I Part I (2)(a)"),
        ("AnnexI.II.4", "CRA Annex I Part II (4)"),
        ("AnnexII.8.f", "CRA Annex II (8)(f)"),
        ("AnnexVII.3", "CRA Annex VII (3)"),
        ("Art13.8", "CRA Art 13(8)"),
        ("Art15", "CRA Art 15"),
        ("Rec34.updates", "CRA recital 34"),
        ("FAQ442.sca", "CRA FAQ442.sca"),
    ],
)
def test_citations(reference: str, citation: str) -> None:
    """References are shown in their usual form."""
    assert CraFact(id=reference, addressee="manufacturer", says="").citation == citation


def test_citations_of_a_practice_are_unique() -> None:
    """Two references to one recital are one citation."""
    practice = CATALOGUE.practice("VUL-05")
    assert practice is not None
    assert CATALOGUE.citations(practice)[-1] == "CRA recital 34"
    assert len(set(CATALOGUE.citations(practice))) == len(CATALOGUE.citations(practice))


def test_practices_come_in_the_order_of_the_groups() -> None:
    """The order does not depend on the file system."""
    backwards = dict(reversed(list(shipped().items())))

    assert read_catalogue(backwards) == CATALOGUE
    assert [practice.group for practice in CATALOGUE.practices] == sorted(
        (practice.group for practice in CATALOGUE.practices), key=list(CATALOGUE.groups).index
    )


def test_digest_changes_with_any_byte() -> None:
    """Even one more comment makes another catalogue."""
    changed = {**shipped(), "VUL-01.toml": shipped()["VUL-01.toml"] + b"# comment\n"}

    assert read_catalogue(changed).digest != CATALOGUE.digest


def test_the_catalogue_can_not_be_changed() -> None:
    """Mappings are frozen, too."""
    for mapping in (
        CATALOGUE.groups,
        CATALOGUE.vocabularies["status"],
        CATALOGUE.practices[0].facts,
        CATALOGUE.cra,
    ):
        with pytest.raises(TypeError):
            mapping["x"] = "y"  # type: ignore[index]


# --- damaged files


def problems_with(**changes: bytes | None) -> list[tuple[str, str]]:
    """Source and place of every problem, when files are replaced (`_` for `-` and `.`) or left out."""
    files = dict(shipped())
    for key, content in changes.items():
        name = key.replace("__", ".").replace("_", "-")
        files.pop(name, None)
        if content is not None:
            files[name] = content
    with pytest.raises(InputInvalid) as raised:
        read_catalogue(files)
    return [(problem.source, problem.message.split(":")[0]) for problem in raised.value.problems]


def edited(name: str, *pairs: tuple[str, str]) -> bytes:
    text = shipped()[name].decode()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


def sup(old: str, new: str) -> list[tuple[str, str]]:
    return problems_with(SUP_01__toml=edited("SUP-01.toml", (old, new)))


PRACTICE_LACKS = "a practice needs implementedMeans and implementedWhen, and neither observeBy nor usableWhen"
OBSERVATION_LACKS = "an observation needs observeBy and usableWhen, and must not define implemented"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('tier = "core"', 'tier = "core"\ntypo = 1', "typo"),
        ('slug = "support-periods"', 'slug = "Support"', "slug"),
        ("asked = true", 'asked = "yes"', "asked"),
        ('kind = "practice"', 'kind = "rule"', "kind"),
        ('{ days = 365, by = "declarant" }', '{ days = 90, by = "declarant" }', "age"),
        ('{ days = 365, by = "declarant" }', '{ days = 0, by = "observer" }', "age.days"),
        ('{ days = 365, by = "declarant" }', "{ days = 365 }", "age"),
        ('{ days = 365, by = "declarant" }', '{ bound = "release", days = 365, by = "observer" }', "age"),
        ('op = "versionCovered"', 'op = "covers"', "implementedWhen.0.op"),
        ('tier = "core"', 'tier = "gold"', "tier"),
        ('subjectLevel = "releaseLine"', 'subjectLevel = "line"', "subjectLevel"),
        ('observable = "assisted"', 'observable = "magic"', "observable"),
        ('evidence = ["repoFile"', 'evidence = ["rumour"', "evidence"),
        ("notApplicableReasons = []", 'notApplicableReasons = ["tooHard"]', "notApplicableReasons"),
        ('cra = ["Art13.8"', 'cra = ["Art99"', "references.cra"),
        ('diligence = ["FAQ442.support"', 'diligence = ["FAQ442.nothing"', "references.diligence"),
        ("bsi = {", "bis = {", "crossReferences"),
        ('bsi = { overlaps = ["DE.01"] }', 'bsi = { like = ["DE.01"] }', "relation"),
        (
            'bsi = { overlaps = ["DE.01"] }',
            'bsi = { overlaps = ["DE.01"], equal = ["DE.01"] }',
            "crossReferences.bsi",
        ),
        ('fact = "lines[].versions"', 'fact = "rows[].versions"', "implementedWhen"),
        ('fact = "lines[].versions"', 'fact = "lines[].version"', "implementedWhen"),
        ('fact = "lines[].versions"', 'fact = "policyUrl"', "implementedWhen"),
        ('oncePer = ["supportedBy", "thirdPartyUrl"]', 'oncePer = ["supportBy"]', "implementedWhen"),
        ('value = ["untilNext"]', 'value = ["untilThen"]', "implementedWhen"),
        ('value = ["untilNext"]', 'value = "untilNext"', "implementedWhen"),
        ('op = "versionCovered"', 'op = "versionCovered", value = ["2.4"]', "implementedWhen"),
        ("ended = ", "over = ", "outcomes"),
        ('policyUrl = { type = "page"', 'note = { type = "page"', "facts"),
        ('since = "2026.11"', 'since = "2026"', "since"),
        ('since = "2026.11"', 'since = "2026.110"', "since"),
        ('since = "2026.11"', 'since = "2026.12"', "since"),
        ('since = "2026.11"', 'since = "2026.11"\nretired = "2026.11"', "retired"),
        ('since = "2026.11"', 'since = "2026.10"\nretired = "2026.12"', "retired"),
        ('since = "2026.11"', 'since = "2026.11"\nretired = "never"', "retired"),
        ('since = "2026.11"', 'since = "2026.11"\nreplacedBy = "SUP-02"', "replacedBy"),
        ('since = "2026.11"', 'since = "2026.10"\nretired = "2026.11"\nreplacedBy = "SUP-01"', "replacedBy"),
        ('since = "2026.11"', 'since = "2026.10"\nretired = "2026.11"\nreplacedBy = "SUP-99"', "replacedBy"),
        ('"DE.01" = "theirs', '"DE.02" = "theirs', "overlapsBecause.bsi"),
        ("[overlapsBecause.bsi]", '[overlapsBecause.bsi]\n"VM.01" = "why not"', "overlapsBecause.bsi"),
        ('"EL.01" = "theirs is about how an end is announced', '"EL.01" = "" # "', "overlapsBecause.orcwg"),
        ('implementedMeans = "', 'observeBy = "', PRACTICE_LACKS),
        ('kind = "practice"', 'kind = "observation"', OBSERVATION_LACKS),
        ('slug = "support-periods"', 'slug = "end-of-life-notice"', "slug"),
    ],
)
def test_a_damaged_practice_is_refused(old: str, new: str, place: str) -> None:
    """Each error names its file and its place."""
    found = sup(old, new)

    assert {source for source, _ in found} <= {"SUP-01.toml", "SUP-02.toml"}
    assert place in [where for _, where in found]


def test_a_bound_has_one_value_and_a_source() -> None:
    """Somebody has to answer for a number."""
    changes = (
        ('op = "atMost", value = 3650', 'op = "atMost", value = [3650]'),
        ('op = "nonEmpty"', 'op = "nonEmpty", source = "somebody"'),
        (
            'source = "ten years, for which documentation is kept (CRA Art 13(13)); more is an error"',
            'source = ""',
        ),
        ('op = "atMost", value = 3650', 'op = "atMost"'),
    )
    for change in changes:
        damaged = edited("SUP-02.toml", change)
        assert ("SUP-02.toml", "implementedWhen") in problems_with(SUP_02__toml=damaged)


def test_equals_needs_one_value() -> None:
    """An operator without its value would never hold, or always."""
    without = edited("SRC-03.toml", (', value = "all"', ""))
    several = edited("SRC-03.toml", ('value = "all"', 'value = ["all"]'))
    unasked = edited("SRC-03.toml", ('fact = "enforced", op = "isTrue"', 'fact = "scope", op = "isTrue"'))

    for content in (without, several, unasked):
        assert problems_with(SRC_03__toml=content) == [("SRC-03.toml", "implementedWhen")]


def test_all_errors_of_all_files_are_reported() -> None:
    """Four damaged files yield errors from four sources."""
    found = problems_with(
        SUP_01__toml=b"not toml",
        VUL_01__toml=edited("VUL-01.toml", ('id = "VUL-01"', 'id = "VUL-99"')),
        DOC_01__toml=b"\xff\xfe",
        README__toml=b"",
    )

    assert {source for source, _ in found} == {"SUP-01.toml", "VUL-01.toml", "DOC-01.toml", "README.toml"}


def test_file_name_is_the_id() -> None:
    """A file must have the name of its practice."""
    renamed = edited("VUL-01.toml", ('id = "VUL-01"', 'id = "VUL-02"'))

    assert ("VUL-01.toml", "id") in problems_with(VUL_01__toml=renamed)


def test_unknown_group() -> None:
    """The first three letters name a group."""
    assert ("XYZ-01.toml", "group") in problems_with(
        XYZ_01__toml=edited(
            "VUL-01.toml", ('id = "VUL-01"', 'id = "XYZ-01"'), ("private-security-contact", "x")
        )
    )


@pytest.mark.parametrize("name", ["catalogue__toml", "cra__toml"])
def test_head_and_regulation_are_needed(name: str) -> None:
    """Without vocabularies or references, nothing can be resolved."""
    assert (name.replace("__", "."), "is missing") in problems_with(**{name: None})
    assert {source for source, _ in problems_with(**{name: b"x ="})} == {name.replace("__", ".")}


def test_vocabularies_that_the_reader_needs() -> None:
    """A missing vocabulary is an error, not a crash."""
    damaged = edited("catalogue.toml", ("[vocabularies.tier]", "[vocabularies.teir]"))

    (problem,) = problems_with(catalogue__toml=damaged)
    assert problem[0] == "catalogue.toml"


def test_damaged_regulation() -> None:
    """Its entries have types, too."""
    damaged = edited("cra.toml", ("[diligence]\n", '[diligence]\n"X" = 3\n'))

    assert problems_with(cra__toml=damaged) == [("cra.toml", "diligence.X")]


def test_an_empty_catalogue_is_refused() -> None:
    """A policy for an empty catalogue would require nothing."""
    files = {name: shipped()[name] for name in ("catalogue.toml", "cra.toml")}

    with pytest.raises(InputInvalid):
        read_catalogue(files)


def test_loaded_once() -> None:
    """The catalogue is read once per process."""
    assert load_catalogue() is load_catalogue()
    assert isinstance(load_catalogue(), Catalogue)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("me@example.org", 'is "me@example.org", which nobody can reach'),
        ("https://www.example.com/report", "which nobody can reach"),
        ("me@mail.localhost", "which nobody can reach"),
        ("me@localhosts", "not an address"),
        ("call me", "not an address"),
        (5, "not an address"),
    ],
)
def test_an_address_for_examples_is_said_to_be_one(value: Any, message: str) -> None:
    """It looks like an address, so "not an address" would send people looking for a typing error."""
    (problem,) = fact("VUL-01", "contacts").problems([{"kind": "email", "value": value}])
    assert message in problem.message
