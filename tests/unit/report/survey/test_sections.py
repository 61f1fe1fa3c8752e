"""What all reports have in common: titles, groups, references that lead nowhere."""

from __future__ import annotations

import msgspec
from support.survey_records import empty_record, survey_record

from avow.record import EndOfLife, Exploited, Match, Product, SourceGap, VexWord, Vulnerability
from avow.report.survey.sections import Group, View, speaker, vex
from avow.vocabulary import Voice


def test_the_title_is_the_products_name() -> None:
    """Else what the only SBOM is about, else its file, else their number."""
    record = survey_record(components=8)
    assert View(record).title == "Shopfloor Gateway 7"
    unnamed = msgspec.structs.replace(record, product=Product(name=""))
    assert View(unnamed).title == "3 SBOMs"
    assert View(msgspec.structs.replace(unnamed, sboms=record.sboms[:1])).title == "shopfloor-gateway 7.0"
    assert View(empty_record()).title == "empty.cdx.json"


def test_a_reference_to_nothing_is_shown_as_it_is() -> None:
    """A record made by hand has a report too."""
    view = View(empty_record())
    assert view.name("c99") == "c99"
    assert view.source("d99") == "d99"


def test_every_component_is_in_one_group() -> None:
    """Also those that nobody names a project of."""
    record = survey_record(components=40)
    mixed = msgspec.structs.replace(
        record,
        components=tuple(
            msgspec.structs.replace(each, upstream="" if number % 3 else "gone")
            for number, each in enumerate(record.components)
        ),
    )
    for each in (record, mixed):
        found = [component.id for group in View(each).groups for component in group.components]
        assert sorted(found) == sorted(component.id for component in each.components)


def test_every_declaration_is_in_a_group() -> None:
    """One about a component that is not here is with those without a project."""
    record = survey_record(components=40)
    lost = msgspec.structs.replace(record.declarations[0], components=("gone",), upstream="")
    changed = msgspec.structs.replace(record, declarations=(*record.declarations[1:], lost))
    shown = [each for group in View(changed).groups for each in group.declarations]
    assert all(each in shown for each in changed.declarations if each is not lost)


def test_what_is_exploited_comes_first() -> None:
    """Before what has more vulnerabilities."""
    groups = View(survey_record()).groups
    assert [bool(each.exploited) for each in groups] == sorted(
        (bool(each.exploited) for each in groups), reverse=True
    )


def test_what_is_exploited_is_urgent_before_what_is_malicious() -> None:
    """A list says that somebody uses it; both come before the others."""
    one = Exploited(source="EUVD", snapshot="d1", cve="CVE-1", via="id")
    found = [
        Vulnerability(key=key, ids=(key,), matches=(), malicious=malicious, exploited=exploited)
        for key, malicious, exploited in (("A", False, ()), ("B", True, ()), ("C", False, (one,)))
    ]
    view = View(msgspec.structs.replace(empty_record(), vulnerabilities=tuple(found)))
    assert [each.key for each in view.by_urgency] == ["C", "B", "A"]


def test_a_project_with_undecidable_advisories_is_not_silent() -> None:
    """Of its components nobody knows whether they are affected, which is something."""
    component = survey_record(components=4, sboms=1).components[0]
    group = Group("heron", None, (component,), (), (), (), unsure=0)
    assert not group.says_something
    assert Group("heron", None, (component,), (), (), (), unsure=1).says_something


def test_a_line_that_has_ended_comes_before_one_that_will() -> None:
    """Also where nobody wrote down when; one without an end comes last."""
    ends = [
        EndOfLife(component="c1", product=eol, by="purl", cycle="1", eol=eol, state=state)
        for eol, state in (("false", "supported"), ("2020-01-01", "eol"), ("true", "eol"))
    ]
    view = View(msgspec.structs.replace(empty_record(), end_of_life=tuple(ends)))
    assert [each.product for each in view.lines] == ["true", "2020-01-01", "false"]


def test_a_kind_of_gap_that_is_not_known_is_a_note() -> None:
    """A record of a later edition may have more kinds; none of its gaps is lost."""
    gaps = tuple(SourceGap(source="s", why="w", kind=kind) for kind in ("tomorrow", "refused"))
    view = View(msgspec.structs.replace(empty_record(), gaps=gaps))
    assert [(kind, len(items)) for kind, items in view.gaps] == [("refused", 1), ("note", 1)]


def test_a_statement_says_whose_word_it_is() -> None:
    """Its own word for the status, who speaks, and that they have said something else since."""
    word = VexWord(
        status="not_affected",
        status_text="false_positive",
        author="Product security",
        voice=Voice.SUPPLIER,
        source="vex.json",
        superseded=True,
    )
    assert vex(word) == (
        "not affected (false_positive): Product security, the supplier, vex.json; "
        "superseded by a later statement"
    )
    plain = msgspec.structs.replace(word, status_text="not_affected", author="", superseded=False)
    assert vex(plain) == "not affected: the supplier, vex.json"


def test_names_that_are_not_shown_are_counted() -> None:
    """Three of four would read as all."""
    view = View(survey_record(components=4, sboms=1))
    names = [view.name(each.id) for each in view.record.components]
    assert view.names(("c1", "c2", "c3", "c4"), limit=3) == f"{', '.join(names[:3])} and 1 more"
    assert view.names(("c1", "c1"), limit=3) == names[0]


def test_a_long_name_is_cut() -> None:
    """It would push everything else off the page."""
    record = survey_record(components=1)
    long = msgspec.structs.replace(record.components[0], name="x" * 5000)
    name = View(msgspec.structs.replace(record, components=(long,))).name(long.id)
    assert name == "x" * 159 + "…"


def test_a_name_loses_credentials_before_it_is_cut() -> None:
    """Half of an address would keep them."""
    record = survey_record(components=1)
    name = "https://user:" + "p" * 200 + "@git.example/x"
    long = msgspec.structs.replace(record.components[0], name=name, version="")
    assert View(msgspec.structs.replace(record, components=(long,))).name(long.id) == "https://git.example/x"


def test_a_match_says_who_spoke() -> None:
    """And what of our own matching says the same as the user's tool."""
    match = Match(component="c1", advisory="CVE-2099-1", spoke="findings")
    assert speaker(match) == "findings of your tool"
    both = msgspec.structs.replace(match, also=("GHSA-1", "PYSEC-1"))
    assert speaker(both) == "findings of your tool; our matching says the same by GHSA-1, PYSEC-1"
    assert speaker(msgspec.structs.replace(match, spoke="matching")) == "our matching"
