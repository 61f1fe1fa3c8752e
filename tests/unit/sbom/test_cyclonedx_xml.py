"""CycloneDX XML: the same inventory as of JSON, and nothing that XML can do beside."""

from __future__ import annotations

from typing import Any

import pytest
from support.sboms import NAMESPACE, SERIAL, cyclonedx_xml, library, problems, read, refused

from avow.findings.statements import Severity, VexStatus
from avow.sbom import cyclonedx_xml as reader

WHOLE = f"""
<metadata>
  <timestamp>2026-11-01T09:00:00Z</timestamp>
  <tools><tool><vendor>V</vendor><name>maker</name><version>1</version></tool></tools>
  <authors><author><name>Ann</name></author></authors>
  <component type="application" bom-ref="p"><name>product</name></component>
  <supplier><name>Example</name><url>https://a.example</url><url>https://b.example</url></supplier>
</metadata>
<components>
  <component type="library" bom-ref="a">
    <supplier><name>S</name></supplier>
    <author>Somebody</author>
    <group>org</group><name>a</name><version> 1.0 </version>
    <description>text <!-- comment --></description>
    <hashes><hash alg="SHA-256">{"A" * 64}</hash></hashes>
    <licenses><license><id>MIT</id></license><expression>ISC OR MIT</expression></licenses>
    <cpe>cpe:/a:org:a:1.0</cpe>
    <purl>pkg:maven/org/a@1.0</purl>
    <modified>true</modified>
    <pedigree>
      <ancestors><component type="library"><name>origin</name></component></ancestors>
      <commits><commit><uid>c</uid></commit></commits>
      <patches><patch type="backport"><diff><url>https://d.example</url></diff></patch></patches>
    </pedigree>
    <externalReferences>
      <reference type="vcs"><url>https://v.example</url><comment>c</comment>
        <hashes><hash alg="MD5">{"b" * 32}</hash></hashes></reference>
    </externalReferences>
    <properties><property name="avow:x">y</property></properties>
    <components><component type="file"><name>nested</name></component></components>
    <evidence><licenses><license><id>Other</id></license></licenses></evidence>
  </component>
  <component type="library" bom-ref="b"><name>b</name><version/><modified>perhaps</modified></component>
</components>
<services><service bom-ref="s"><name>cloud</name></service></services>
<dependencies>
  <dependency ref="p"><dependency ref="a"/><dependency ref="s"/></dependency>
  <dependency ref="a"><provides ref="x"/><dependency ref="b"/></dependency>
</dependencies>
<compositions><composition><aggregate>complete</aggregate>
  <assemblies><assembly ref="a"/></assemblies></composition></compositions>
<vulnerabilities>
  <vulnerability>
    <id>CVE-2099-1</id><source><name>NVD</name></source>
    <references><reference><id>GHSA-1</id></reference></references>
    <ratings><rating><score>9.8</score><method>CVSSv31</method></rating></ratings>
    <description>bad</description><detail>long</detail>
    <analysis><state>not_affected</state><responses><response>update</response></responses>
      <detail>because</detail></analysis>
    <affects><target><ref>a</ref>
      <versions><version><version>1.0</version><status>affected</status></version></versions></target></affects>
  </vulnerability>
</vulnerabilities>
"""

LIKE_JSON: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": SERIAL,
    "version": 3,
    "metadata": {
        "timestamp": "2026-11-01T09:00:00Z",
        "tools": [{"name": "maker", "version": "1"}],
        "authors": [{"name": "Ann"}],
        "component": library("product", type="application", **{"bom-ref": "p"}),
        "supplier": {"name": "Example"},
    },
    "components": [
        library(
            "a",
            supplier={"name": "S"},
            group="org",
            version="1.0",
            hashes=[{"alg": "SHA-256", "content": "a" * 64}],
            licenses=[{"license": {"id": "MIT"}}, {"expression": "ISC OR MIT"}],
            cpe="cpe:/a:org:a:1.0",
            purl="pkg:maven/org/a@1.0",
            modified=True,
            pedigree={
                "ancestors": [library("origin")],
                "commits": [{"uid": "c"}],
                "patches": [{"type": "backport", "diff": {"url": "https://d.example"}}],
            },
            externalReferences=[
                {
                    "type": "vcs",
                    "url": "https://v.example",
                    "comment": "c",
                    "hashes": [{"alg": "MD5", "content": "b" * 32}],
                }
            ],
            properties=[{"name": "avow:x", "value": "y"}],
            components=[library("nested", type="file")],
            **{"bom-ref": "a"},
        ),
        library("b", modified="perhaps", **{"bom-ref": "b"}),
    ],
    "services": [{"name": "cloud", "bom-ref": "s"}],
    "dependencies": [{"ref": "p", "dependsOn": ["a", "s"]}, {"ref": "a", "dependsOn": ["b"]}],
    "compositions": [{"aggregate": "complete"}],
    "vulnerabilities": [
        {
            "id": "CVE-2099-1",
            "source": {"name": "NVD"},
            "references": [{"id": "GHSA-1"}],
            "ratings": [{"score": 9.8, "method": "CVSSv31"}],
            "description": "bad",
            "analysis": {"state": "not_affected", "detail": "because"},
            "affects": [{"ref": "a"}],
        }
    ],
}


def test_xml_and_json_of_one_document_are_one_inventory() -> None:
    """Places are the same pointers, by order."""
    xml = read(cyclonedx_xml(WHOLE, attributes=f'serialNumber="{SERIAL}" version="3"'))
    like = read(LIKE_JSON)

    assert xml.format == "CycloneDX XML 1.6"
    for name in ("entries", "roots", "edges", "identifier", "document_version", "created", "generators"):
        assert getattr(xml, name) == getattr(like, name)
    for name in ("authors", "supplier", "completeness", "services", "findings", "vex", "problems"):
        assert getattr(xml, name) == getattr(like, name)


def test_tools_of_new_documents_are_components() -> None:
    """Since 1.5."""
    tools = "<tools><components><component type='library'><name>maker</name></component></components></tools>"

    assert read(cyclonedx_xml(f"<metadata>{tools}</metadata>")).generators == ("maker",)


def test_several_tools_are_several() -> None:
    """And none is none."""
    tools = "<tools><tool><name>a</name></tool><tool><name>b</name></tool><tool><name>c</name></tool></tools>"

    assert read(cyclonedx_xml(f"<metadata>{tools}</metadata>", version="1.4")).generators == ("a", "b", "c")
    assert read(cyclonedx_xml("<metadata><tools/></metadata>")).generators == ()


def test_the_namespace_decides_and_not_the_prefix() -> None:
    """The version attribute is the revision of the document."""
    inventory = read(
        f'<x:bom xmlns:y="urn:other" xmlns:x="{NAMESPACE}1.4" version="7"><x:components>'
        '<x:component type="library"><x:name>a</x:name></x:component></x:components></x:bom>'
    )

    assert (inventory.format, inventory.document_version) == ("CycloneDX XML 1.4", 7)
    assert [entry.name for entry in inventory.entries] == ["a"]


def test_a_revision_that_is_no_number_is_named() -> None:
    """It costs the revision."""
    assert problems(read(cyclonedx_xml("", attributes='version="one"'))) == [("shape", "/version")]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("<bom><components/></bom>", "in no namespace"),
        ("<bom xmlns='urn:other'/>", "urn:other"),
        (f"<x:box xmlns:x='{NAMESPACE}1.4'><bom/></x:box>", "box"),
    ],
)
def test_a_root_that_is_not_cyclonedx_is_refused(document: str, words: str) -> None:
    """The message says what is missing."""
    error = refused(document)

    assert "namespace" in error.message
    assert words in error.message


def test_elements_of_other_namespaces_are_left_out_and_named() -> None:
    """A component that hides in one does not count, and the reader says that something is there."""
    inner = "<components><e:x><component><name>hidden</name></component></e:x></components><e:y/>"
    inventory = read(cyclonedx_xml(inner, attributes='xmlns:e="urn:extra"'))

    assert inventory.entries == ()
    assert "urn:extra" in inventory.problems[0].message
    assert problems(inventory) == [("not_read", "")]


def test_many_foreign_namespaces_are_bounded() -> None:
    """A document could have a new one for each element."""
    inner = "".join(f'<e xmlns="urn:{number}"/>' for number in range(100))

    assert len(read(cyclonedx_xml(inner)).problems) == 20


BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE bom [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>\n'
    f'<bom xmlns="{NAMESPACE}1.4"><components>&b;</components></bom>'
)
EXTERNAL = f'<?xml version="1.0"?>\n<!DOCTYPE bom SYSTEM "file:///etc/passwd">\n<bom xmlns="{NAMESPACE}1.4"/>'


@pytest.mark.parametrize("document", [BOMB, EXTERNAL])
def test_document_types_are_refused_with_their_line(document: str) -> None:
    """Without them there are no entities and no other files."""
    error = refused(document)

    assert "<!DOCTYPE" in error.message
    assert error.problems[0].line == 2


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (cyclonedx_xml("<components>"), "mismatched tag"),
        (cyclonedx_xml("<a>&undefined;</a>"), "undefined entity"),
        (f"<bom xmlns='{NAMESPACE}1.4'/><bom/>", "junk after document element"),
        (f"<bom xmlns='{NAMESPACE}1.4'>", "no element found"),
        (f"<?xml version='1.0' encoding='no-such'?><bom xmlns='{NAMESPACE}1.4'/>", "encoding"),
        (f"<?xml version='1.0' encoding='gb18030'?><bom xmlns='{NAMESPACE}1.4'/>", "encoding"),
    ],
)
def test_xml_that_is_not_well_formed_is_refused_with_its_place(document: str, words: str) -> None:
    """What came before the error is not read as if it were all."""
    error = refused(document)

    assert words in error.message
    assert error.problems[0].line >= 1


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_read(charset: str) -> None:
    """A name is the same name in each."""
    inner = '<components><component type="library"><name>größe</name></component></components>'
    name = charset.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{name}"?><bom xmlns="{NAMESPACE}1.4">{inner}</bom>'

    assert read(text.encode(charset)).entries[0].name == "größe"


def test_bytes_that_are_not_in_the_declared_encoding_are_refused() -> None:
    """They are never replaced."""
    text = cyclonedx_xml("<components>größe</components>")

    assert "not well-formed" in refused(text.encode("latin-1")).message


@pytest.mark.parametrize("element", ["components", "unread", "evidence"])
def test_deep_nesting_is_refused(element: str) -> None:
    """Whether or not what is nested is read."""
    inner = f"<{element}>" * 70 + f"</{element}>" * 70

    assert "nested deeper than 64" in refused(cyclonedx_xml(inner)).message


def test_too_many_elements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are left out."""
    monkeypatch.setattr(reader, "MAX_ELEMENTS", 5)

    assert "more than 5 elements" in refused(cyclonedx_xml("<evidence>" + "<a/>" * 5 + "</evidence>")).message


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any work."""
    monkeypatch.setattr("avow.sbom.reading.MAX_BYTES", 10)

    assert "at most 10 are read" in refused(cyclonedx_xml("")).message


OLD = """
<components><component type="library" bom-ref="a"><name>a</name><version>1</version>
  <v:vulnerabilities><v:vulnerability ref="a"><v:id>CVE-2099-1</v:id>
    <v:source name="NVD"><v:url>https://nvd.example</v:url></v:source>
    <v:ratings><v:rating><v:score><v:base>9.8</v:base></v:score><v:severity>Critical</v:severity>
      <v:method>CVSSv3</v:method></v:rating></v:ratings>
    <v:description>bad</v:description></v:vulnerability></v:vulnerabilities>
</component></components>
<v:vulnerabilities><v:vulnerability ref="a"><v:id>CVE-2099-2</v:id></v:vulnerability></v:vulnerabilities>
"""


def test_the_old_extension_for_vulnerabilities_is_read() -> None:
    """Inside of components and beside them, as in CycloneDX 1.1."""
    extension = 'xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0"'
    inventory = read(cyclonedx_xml(OLD, version="1.1", attributes=extension))

    assert [(each.ids, each.component.ref) for each in inventory.findings] == [
        (("CVE-2099-2",), "/components/0"),
        (("CVE-2099-1",), "/components/0"),
    ]
    assert inventory.findings[1].severities == (Severity("CVSS_V3", "9.8"),)
    assert inventory.findings[1].source == "NVD"
    assert problems(inventory) == [("not_read", "/specVersion")]


def test_a_repeated_element_does_not_replace_the_first_silently() -> None:
    """Two names are not one text, so the entry is named."""
    inner = "<components><component type='library'><name>a</name><name>b</name></component></components>"
    inventory = read(cyclonedx_xml(inner))

    assert inventory.entries[0].unusable
    assert problems(inventory) == [("shape", "/components/0/name"), ("unusable_entry", "/components/0")]


def test_vex_inside_is_heard() -> None:
    """As in JSON."""
    assert read(cyclonedx_xml(WHOLE)).vex[0].status is VexStatus.NOT_AFFECTED


def test_a_second_list_continues_the_first() -> None:
    """The components in it are not lost."""
    one = "<components><component type='library'><name>a</name></component></components>"

    assert [entry.name for entry in read(cyclonedx_xml(one + one)).entries] == ["a", "a"]


def test_the_text_of_what_is_left_out_is_left_out() -> None:
    """It would become a part of the name, and the component another one."""
    inner = '<name>li<x:y xmlns:x="urn:x">XX</x:y>b</name>'
    inventory = read(cyclonedx_xml(f'<components><component type="library">{inner}</component></components>'))

    assert [entry.name for entry in inventory.entries] == ["lib"]
