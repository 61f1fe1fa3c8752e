"""VEX applies to exactly the product and subcomponents that it names, and never without saying so."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from avow.findings.statements import Named, VexProduct, VexStatement, VexStatus
from avow.survey import vex
from avow.survey.identify import Target
from avow.survey.vex import Miss, VexFile, VexHearing, VulnerableComponent, hear
from avow.vocabulary import Voice

DIGEST = "8d" * 32
OTHER = "58" * 32
IMAGE = f"pkg:oci/shop@sha256%3A{DIGEST}"
PRODUCT = Target(
    id="p1",
    name="registry.example/team/shop",
    purls=(f"{IMAGE}?repository_url=registry.example%2Fteam%2Fshop",),
    refs=("urn:cdx:ab/1", "urn:cdx:ab/1#img"),
    places=(("s1", "/metadata/component"),),
)
QUILL = Target(
    id="c1",
    name="quill",
    version="1.18.25",
    purls=("pkg:deb/debian/quill@1.18.25?distro=debian-12",),
    refs=("urn:cdx:ab/1#a b",),
    places=(("s1", "/components/0"),),
    products=("p1",),
)
TOOLS = Target(
    id="c2",
    name="quill-tools",
    version="1.18.25",
    purls=("pkg:deb/debian/quill-tools@1.18.25?distro=debian-12&upstream=quill",),
    products=("p1",),
)
INK = Target(id="c3", name="ink", digests=(("sha256", "ab" * 32), ("sha1", "cd" * 20)), products=("p1",))
CVE = "CVE-2099-1"
MATCHES = (VulnerableComponent("c1", (CVE, "GHSA-1")), VulnerableComponent("c2", (CVE, "GHSA-1")))


def named(what: str | Named) -> Named:
    if isinstance(what, Named):
        return what
    return Named(purl=what) if what.startswith("pkg:") else Named(ref=what)


def statement(
    product: str | Named, *parts: str | Named, ids: tuple[str, ...] = (CVE,), **changed: Any
) -> VexStatement:
    fields: dict[str, Any] = {"author": "Example", "moment": datetime(2026, 11, 2, tzinfo=UTC)}
    return VexStatement(
        place="/statements/0",
        ids=ids,
        status=VexStatus.NOT_AFFECTED,
        status_text="not_affected",
        products=(VexProduct(named(product), tuple(map(named, parts))),),
        **(fields | changed),
    )


def hearing(
    *statements: VexStatement, within: str = "", components: tuple[Target, ...] = (QUILL, TOOLS, INK)
) -> VexHearing:
    return hear(
        [VexFile("f", Voice.SUPPLIER, statements, within=within)],
        products=[PRODUCT],
        components=components,
        matches=MATCHES,
    )


def heard(found: VexHearing) -> list[tuple[str, str]]:
    return [(each.component, each.basis) for each in found.heard]


def miss(product: str | Named, *parts: str | Named, **changed: Any) -> tuple[Miss, str]:
    found = hearing(statement(product, *parts, **changed))
    assert found.heard == ()
    (unheard,) = found.not_heard
    return unheard.miss, unheard.why


def test_a_statement_applies_to_the_subcomponent_that_it_names() -> None:
    """Another package that was built from the same source is not that subcomponent."""
    found = hearing(statement(IMAGE, "pkg:deb/debian/quill@1.18.25"))

    assert heard(found) == [("c1", "digest")]
    assert [(each.component, each.miss, each.why) for each in found.not_heard] == [
        ("c2", Miss.OTHER_SUBCOMPONENT, "the statement names the subcomponent quill, not quill-tools")
    ]


def test_without_subcomponents_it_is_about_the_whole_product() -> None:
    """Every component with that vulnerability, under any of its names; no other one."""
    found = hearing(statement(IMAGE, ids=("ghsa-1",)))

    assert heard(found) == [("c1", "digest"), ("c2", "digest")]
    assert all(each.matched for each in found.heard)


def test_a_subcomponent_without_a_version_is_every_version() -> None:
    """Its qualifiers, which it does not name, do not matter."""
    assert heard(hearing(statement(IMAGE, "pkg:deb/debian/quill"))) == [("c1", "digest")]


def test_a_statement_about_a_component_that_has_no_match_is_heard() -> None:
    """It is shown, and says that nothing found the vulnerability there."""
    (found,) = hearing(statement(IMAGE, Named(digests=(("sha256", "ab" * 32),)))).heard

    assert (found.component, found.matched, found.voice) == ("c3", False, Voice.SUPPLIER)


def test_the_product_may_be_a_component() -> None:
    """Then the statement is about that component alone."""
    assert heard(hearing(statement("pkg:deb/debian/quill"))) == [("c1", "purl")]
    assert heard(hearing(statement("urn:cdx:AB/1#a%20b"))) == [("c1", "ref")]


def test_a_document_about_itself_names_places() -> None:
    """No identifier is needed for a component, and the root is the whole product."""
    assert heard(hearing(statement("/components/0"), within="s1")) == [("c1", "ref")]
    assert [each for each, _ in heard(hearing(statement("/metadata/component"), within="s1"))] == ["c1", "c2"]
    assert heard(hearing(statement("/components/0"), within="s2")) == []


def test_a_statement_about_parts_of_a_component_holds_inside_of_it() -> None:
    """The same part elsewhere in the product is another matter."""
    bundle = Target(id="c4", name="bundle", purls=("pkg:maven/x/bundle@1",), products=("p1",))
    inner = Target(id="c5", name="log", purls=("pkg:maven/x/log@1",), products=("p1",), inside=("c4",))
    outer = Target(id="c6", name="log", purls=("pkg:maven/x/log@2",), products=("p1",))
    said = statement("pkg:maven/x/bundle@1?type=jar", "pkg:maven/x/log")

    assert heard(hearing(said, components=(bundle, inner, outer))) == [("c5", "purl")]
    found = hearing(said, components=(bundle, outer))
    assert [(each.miss, each.component) for each in found.not_heard] == [(Miss.OTHER_SUBCOMPONENT, "")]


def test_a_version_range_holds_where_the_order_is_certain() -> None:
    """Of CSAF's branches; a version beside the purl counts, too."""
    npm = Target(id="c7", name="a", purls=("pkg:npm/a@1.5.0",), products=("p1",))
    for version, expected in [
        ("vers:npm/<2.0.0", ["c7"]),
        ("vers:npm/<1.0.0", []),
        ("vers:npm/*", ["c7"]),
        ("vers:generic/*", ["c7"]),
        ("vers:all/*", ["c7"]),
        ("vers:pypi/*", []),
        ("vers:pypi/<2.0.0", []),
        ("vers:npm/>=9.0.0|/*", []),
        ("vers:npm/odd range", []),
        ("v1.5.0", ["c7"]),
        ("1.4.0", []),
    ]:
        said = statement(Named(purl="pkg:npm/a", version=version))
        assert [each for each, _ in heard(hearing(said, components=(npm,)))] == expected, version


def test_digests_that_differ_contradict_an_equal_purl() -> None:
    """Other bytes under the same name are another component."""
    own = Target(id="c8", name="a", purls=("pkg:npm/a@1",), digests=(("sha256", DIGEST),), products=("p1",))
    same = Named(purl="pkg:npm/a@1", digests=(("sha512", "ab" * 64),))
    other = Named(purl="pkg:npm/a@1", digests=(("sha256", OTHER),))

    assert heard(hearing(statement(same), components=(own,))) == [("c8", "purl")]
    (unheard,) = hearing(statement(other), components=(own,)).not_heard
    assert unheard.miss is Miss.OTHER_DIGEST


def test_a_weak_digest_does_not_identify() -> None:
    """Two files can be made that have one SHA-1."""
    assert miss(Named(digests=(("sha1", "cd" * 20),)))[0] is Miss.OTHER_PRODUCT


@pytest.mark.parametrize(
    ("product", "expected", "words"),
    [
        (f"pkg:oci/shop@sha256:sha256:{DIGEST}", Miss.DIGEST_WRITTEN_WRONG, "sha256: twice"),
        (f"pkg:oci/shop@{DIGEST}", Miss.DIGEST_WRITTEN_WRONG, "no algorithm"),
        (f"pkg:oci/shop@sha256%3A{OTHER}", Miss.OTHER_DIGEST, "another digest"),
        (Named(purl="pkg:oci/shop", digests=(("sha256", OTHER),)), Miss.OTHER_DIGEST, "another digest"),
        ("pkg:oci/shop@1.2", Miss.OTHER_VERSION, "in version 1.2"),
        ("pkg:deb/debian/quill@1.18.26", Miss.OTHER_VERSION, "here is 1.18.25"),
        ("pkg:deb/debian/quill@1.18.25?distro=debian-11", Miss.OTHER_QUALIFIER, "another distro"),
        ("pkg:deb/debian/quill@1.18.25#x", Miss.OTHER_QUALIFIER, "another subpath"),
        ("urn:cdx:ab/2#a", Miss.OTHER_BOM_VERSION, "here is version 1"),
        ("urn:cdx:ab/1#zzz", Miss.OTHER_SUBCOMPONENT, "no component with the reference"),
        ("urn:cdx:cd/1#a", Miss.OTHER_BOM, "not the SBOM here"),
        (Named(name="localhost/team/shop"), Miss.NAME_ONLY, "a name and not an identifier"),
        (Named(name="ink"), Miss.NAME_ONLY, "a name and not an identifier"),
        (Named(name="elsewhere"), Miss.NAME_ONLY, "a name and not an identifier"),
        (Named(cpe="cpe:2.3:a:x:y"), Miss.CPE_ONLY, "never decides"),
        (Named(ref="CSAFPID-1"), Miss.LOCAL_REF, "its own document"),
        (Named(), Miss.NO_PRODUCT, "neither an identifier nor a name"),
        ("pkg:nonsense", Miss.BAD_PURL, "can't be read"),
        ("pkg:npm/elsewhere@1", Miss.OTHER_PRODUCT, "neither the product nor a component"),
    ],
)
def test_the_nearest_miss_is_named(product: str | Named, expected: Miss, words: str) -> None:
    """A statement without effect says why."""
    found, why = miss(product)

    assert found is expected
    assert words in why


def test_vex_about_another_product_says_nothing_about_the_component_here() -> None:
    """Even where that product contains the very same component."""
    found, why = miss("pkg:npm/elsewhere@1", "pkg:deb/debian/quill@1.18.25")

    assert found is Miss.IN_ANOTHER_PRODUCT
    assert "says nothing about the same component here" in why
    assert miss("pkg:npm/elsewhere@1", "pkg:npm/b")[0] is Miss.OTHER_PRODUCT


def test_a_subcomponent_that_is_not_here_names_the_one_that_it_may_mean() -> None:
    """Another version of the same package, with the component that has the vulnerability."""
    (unheard,) = hearing(statement(IMAGE, "pkg:deb/debian/quill@1.18.24")).not_heard

    assert (unheard.miss, unheard.component) == (Miss.OTHER_SUBCOMPONENT, "c1")
    assert "here is 1.18.25" in unheard.why
    (unheard,) = hearing(statement(IMAGE, "pkg:deb/debian/zlib")).not_heard
    assert unheard.component == ""


def test_a_whole_product_without_the_vulnerability_is_said() -> None:
    """The statement is about ours, and nothing was found that it could be about."""
    assert miss(IMAGE, ids=("CVE-2099-9",))[0] is Miss.NO_SUCH_MATCH


def test_a_statement_without_a_product_is_listed() -> None:
    """OpenVEX may leave it to an envelope."""
    (unheard,) = hearing(replace(statement(IMAGE), products=())).not_heard

    assert unheard.miss is Miss.NO_PRODUCT


def test_the_nearest_of_several_products_is_named() -> None:
    """One that is heard is enough, and the others are not listed."""
    far, near = statement("pkg:npm/elsewhere"), statement("pkg:oci/shop@1.2")
    both = replace(far, products=far.products + near.products + far.products)

    assert [each.miss for each in hearing(both).not_heard] == [Miss.OTHER_VERSION]
    heard_too = replace(both, products=(*statement(IMAGE).products, *both.products))
    assert hearing(heard_too).not_heard == ()


def test_a_later_statement_of_one_author_replaces_an_earlier_one() -> None:
    """The earlier one stays visible; those of others and those without a date stay as they are."""
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    found = hearing(
        statement("pkg:deb/debian/quill", moment=early, ids=("GHSA-1",)),
        statement(IMAGE, moment=late),
        statement("pkg:deb/debian/quill", moment=None),
        statement("pkg:deb/debian/quill", moment=early, author="Other"),
        statement(Named(digests=INK.digests), moment=early),
        statement(Named(digests=INK.digests), moment=late),
    )

    assert [(each.component, each.superseded) for each in found.heard] == [
        ("c1", True),
        ("c1", False),
        ("c2", False),
        ("c1", False),
        ("c1", False),
        ("c3", True),
        ("c3", False),
    ]


def test_an_author_in_another_voice_replaces_nothing() -> None:
    """Anybody can write the supplier's name into a file."""
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    files = [
        VexFile("a", Voice.SUPPLIER, (statement("pkg:deb/debian/quill", moment=early),)),
        VexFile("b", Voice.THIRD_PARTY_UNSIGNED, (statement("pkg:deb/debian/quill", moment=late),)),
    ]
    found = hear(files, products=[PRODUCT], components=[QUILL], matches=MATCHES)

    assert [(each.source, each.voice, each.superseded) for each in found.heard] == [
        ("a", Voice.SUPPLIER, False),
        ("b", Voice.THIRD_PARTY_UNSIGNED, False),
    ]


def test_of_two_statements_that_miss_a_component_the_closer_one_is_named() -> None:
    """And none, if a third one applies to it."""
    far = statement(IMAGE, Named(digests=(("sha256", "ab" * 32),)))
    close = statement(IMAGE, "pkg:deb/debian/quill")

    for order in ((far, close), (close, far)):
        missed = {each.component: each.statement for each in hearing(*order).not_heard}
        assert missed == {"c2": close}
    assert hearing(far, close, statement(IMAGE)).not_heard == ()


def test_a_match_of_a_component_that_is_not_given_is_left_out() -> None:
    """The caller may ask about one product of several."""
    assert heard(hearing(statement(IMAGE), components=(QUILL,))) == [("c1", "digest")]


def test_work_beyond_the_limit_is_not_done_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that was not compared is never taken for one that applies to nothing."""
    monkeypatch.setattr(vex, "MAX_STEPS", 3)
    found = hearing(statement(IMAGE), statement(IMAGE), statement("pkg:npm/elsewhere"))

    assert [each.miss for each in found.not_heard] == [Miss.BEYOND_LIMIT] * len(found.not_heard)
    assert len(found.not_heard) >= 1


def test_thousands_of_statements_and_components_take_seconds() -> None:
    """Each is looked up, none is compared with all others."""
    count = 2_000
    components = [
        Target(id=f"c{n}", name=f"p{n}", purls=(f"pkg:npm/p{n}@1",), products=("p1",)) for n in range(count)
    ]
    statements = tuple(
        statement(IMAGE, f"pkg:npm/p{n}", ids=(f"CVE-2099-{n}",)) for n in range(count)
    ) + tuple(statement(f"pkg:npm/p{n}@2", ids=(CVE,)) for n in range(count))
    matches = [VulnerableComponent(f"c{n}", (f"CVE-2099-{n}",)) for n in range(count)]
    start = time.process_time()
    found = hear(
        [VexFile("f", Voice.SUPPLIER, statements)], products=[PRODUCT], components=components, matches=matches
    )

    assert (len(found.heard), len(found.not_heard)) == (count, count)
    assert time.process_time() - start < 20


def test_a_statement_without_an_id_is_heard_about_its_component() -> None:
    """It names no vulnerability, so it can't be about a match, and nothing else replaces it."""
    found = hearing(statement(QUILL.purls[0], ids=()), statement(QUILL.purls[0], ids=()))

    assert [(each.component, each.matched, each.superseded) for each in found.heard] == [
        ("c1", False, False)
    ] * 2


def test_what_is_in_another_product_is_not_meant() -> None:
    """The SBOMs of a survey can be about several: a word about one says nothing about the others."""
    elsewhere = Target(id="c9", name="ink", digests=INK.digests, products=("p2",))
    both = (VulnerableComponent("c3", (CVE,)), VulnerableComponent("c9", (CVE,)))
    files = [VexFile("f", Voice.SUPPLIER, (statement(IMAGE, Named(digests=INK.digests)), statement(IMAGE)))]
    found = hear(files, products=[PRODUCT], components=(INK, elsewhere), matches=both)

    assert heard(found) == [("c3", "digest"), ("c3", "digest")]


def test_the_case_of_a_name_does_not_matter() -> None:
    """Neither in the statement nor in what was found."""
    matches = [VulnerableComponent("c1", ("cve-2099-7",))]
    files = [VexFile("f", Voice.SUPPLIER, (statement(IMAGE, ids=("CVE-2099-7",)),))]
    found = hear(files, products=[PRODUCT], components=(QUILL,), matches=matches)

    assert [(each.component, each.matched) for each in found.heard] == [("c1", True)]


def test_the_case_of_an_element_matters() -> None:
    """The serial number of a BOM-Link is a number; what comes after the # is somebody's name."""
    assert miss("urn:cdx:ab/1#A%20b")[0] is Miss.OTHER_SUBCOMPONENT


def test_a_range_does_not_contain_what_has_no_version() -> None:
    """Not even the range of all versions: nothing says that the component has one."""
    bare = Target(id="c9", name="a", purls=("pkg:npm/a",), products=("p1",))
    said = statement(Named(purl="pkg:npm/a", version="vers:npm/*"))

    assert heard(hearing(said, components=(bare,))) == []


def test_a_statement_about_one_component_replaces_none_about_another() -> None:
    """Also where nobody has found the vulnerability in either of them."""
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    other = Target(id="c9", name="pen", purls=("pkg:npm/pen@1",), products=("p1",))
    found = hearing(
        statement(Named(digests=INK.digests), moment=early),
        statement("pkg:npm/pen@1", moment=late),
        components=(INK, other),
    )

    assert [(each.component, each.superseded) for each in found.heard] == [("c3", False), ("c9", False)]


def test_two_files_without_an_author_are_two_authors() -> None:
    """Nobody knows whether they are from one; each replaces its own statements only."""
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    said = [statement(QUILL.purls[0], author="", moment=moment) for moment in (early, late)]
    apart = [VexFile(name, Voice.OWN, (each,)) for name, each in zip("ab", said, strict=True)]
    together = [VexFile("a", Voice.OWN, tuple(said))]

    for files, expected in ((apart, [False, False]), (together, [True, False])):
        found = hear(files, products=[PRODUCT], components=(QUILL,), matches=MATCHES)
        assert [each.superseded for each in found.heard] == expected


@pytest.mark.parametrize(
    ("steps", "said"),
    [(2, statement(QUILL.purls[0])), (4, statement(IMAGE, "pkg:deb/debian/quill"))],
)
def test_each_comparison_counts(steps: int, said: VexStatement, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for, what is found by it, and the vulnerabilities that it can be about."""
    monkeypatch.setattr(vex, "MAX_STEPS", steps)
    found = hearing(said, replace(said, place="/statements/1"))

    assert [each.component for each in found.heard] == ["c1"]
    assert [each.statement.place for each in found.not_heard if each.miss is Miss.BEYOND_LIMIT] == [
        "/statements/1"
    ]


def test_the_products_of_one_statement_are_compared_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement can name a hundred thousand."""
    monkeypatch.setattr(vex, "MAX_STEPS", 3)
    products = tuple(VexProduct(Named(purl=each.purls[0])) for each in (QUILL, TOOLS))
    said = replace(statement(IMAGE), products=(*products, VexProduct(Named(digests=INK.digests))))

    assert [each.component for each in hearing(said).heard] == ["c1", "c2"]


def test_the_matches_of_one_vulnerability_are_counted_up_to_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A statement about the whole product stops there, and those after it are not compared."""
    names = (CVE, "GHSA-1")
    monkeypatch.setattr(vex, "MAX_STEPS", 1)
    found = hear(
        [VexFile("f", Voice.SUPPLIER, (statement(IMAGE), statement(IMAGE)))],
        products=[PRODUCT],
        components=(QUILL, TOOLS),
        matches=[VulnerableComponent("c1", names), VulnerableComponent("c2", names)],
    )

    assert [each.component for each in found.heard] == ["c1"]
    assert [each.miss for each in found.not_heard] == [Miss.BEYOND_LIMIT]


def test_names_of_one_vulnerability_and_its_matches_are_not_multiplied() -> None:
    """Ten thousand names and as many matches and statements take seconds, not a product of them."""
    count = 10_000
    names = tuple(f"CVE-2099-{n}" for n in range(count))
    start = time.process_time()
    found = hear(
        [VexFile("f", Voice.SUPPLIER, tuple(statement(QUILL.purls[0], ids=(each,)) for each in names))],
        products=[PRODUCT],
        components=(QUILL,),
        matches=[VulnerableComponent("c1", names)] * count,
    )

    assert len(found.heard) == count
    assert all(each.matched for each in found.heard)
    assert time.process_time() - start < 20
