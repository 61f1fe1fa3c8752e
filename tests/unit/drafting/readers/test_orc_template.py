"""The ORC light-weight template as a code block, task list, table or headings."""

from __future__ import annotations

from typing import Any

import pytest

from avow.drafting.found import Document, InRepository
from avow.drafting.readers.orc_template import is_orc_template, read_orc_template

FILLED = """\
# Attestation
AU.01 Issuer
      Name of Issuing Entity: _Acme Foundation_
      Registered Address:     ______________
- [x] AU.02: contact
      Organizational Role:    release manager
- [x] AU.03: projects
      Project Name:           acmelib
      Project URL:            <https://acme.dev>
      Valid For Version(s):   2.x
      Other:                  x

## Governance
- [x] GV.01: [guide](CONTRIBUTING.md)
- [x] GV.02: quality
- [ ] GV.03: https://acme.dev/docs
- [x] LE.01: https://acme.dev/LICENSE
- [x] LE.02: open
- [x] QA.01: [lock](uv.lock#top)
- [X] QA.02: https://example.com/placeholder
- [x] QA.04 tests, see /etc/passwd
- [x] QA.05 yes
- [x] QA.06 yes
- [x] QA.07 yes
- [x] BR.02: https://acme.dev/releases
- [x] BR.03: https://acme.dev/verify
- [x] VM.01: security@acme.dev or todo@example.com or https://acme.dev/report
- [x] VM.02 yes

As BR.03 says, see also https://acme.dev/other
- EL.01: nothing said about a box
"""


def test_ticked_items_are_facts(reads: Any) -> None:
    """A ticked box is a claim, and a link next to it is a fact."""
    found = reads(read_orc_template, FILLED)

    assert found.about("organization") == ["Acme Foundation"]
    assert found.about("role") == ["release manager"]
    assert found.about("name") == ["acmelib"]
    assert found.about("url") == ["https://acme.dev"]
    assert found.hints("SUP-01") == ["the template says: valid for version(s) 2.x"]
    assert found.reading.found[0].value == InRepository(path="CONTRIBUTING.md")
    assert found.fact("GOV-01", "qualityBarDocumented") == [True]
    assert found.fact("LIC-01", "coversBinaries") == [True]
    assert found.fact("LIC-01", "textUrl") == ["https://acme.dev/LICENSE"]
    assert found.fact("LIC-02", "allOpen") == [True]
    assert found.fact("SRC-03", "scope") == ["all"]
    assert found.fact("SRC-03", "reviewersRequired") == [1]
    assert found.fact("REL-02", "releasesUrl") == ["https://acme.dev/releases"]
    assert found.fact("REL-04", "verifyUrl") == ["https://acme.dev/verify"]
    assert found.fact("VUL-01", "contacts") == [
        [{"kind": "email", "value": "security@acme.dev"}],
        [{"kind": "web", "value": "https://acme.dev/report"}],
    ]
    assert len(found.hints("TST-03")) == len(found.hints("GOV-03")) == len(found.hints("VUL-03")) == 1


def test_unticked_and_empty_items_are_reported(reads: Any) -> None:
    """An empty box claims nothing, whatever is next to it; a placeholder is not a link."""
    found = reads(read_orc_template, FILLED)

    assert found.fact("DOC-01", "url") == []
    assert found.fact("SRC-01", "vcsUrl") == []
    assert [line.split(" ", 1)[1] for line in found.left_out] == [
        "GV.03 is not ticked",
        "QA.02 does not contain anything that can be used",
        "QA.04 does not contain anything that can be used",
        "contact is a placeholder: todo@example.com",
        "EL.01 does not contain anything that can be used",
    ]


def test_a_table_says_yes_and_no(reads: Any) -> None:
    """In tables, yes and no replace the box."""
    text = "| LE.02 | **Yes** | |\n| QA.07 | No | |\n| GV.01 | maybe | https://acme.dev/guide |\n"
    found = reads(read_orc_template, text)

    assert found.fact("LIC-02", "allOpen") == [True]
    assert found.fact("SRC-03", "scope") == []
    assert found.fact("GOV-01", "guideUrl") == ["https://acme.dev/guide"]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("COMPLIANCE.md", FILLED, True),
        ("COMPLIANCE.md", "We like GV.01, GV.02, GV.03 and LE.01.", False),
        ("a.md", "- GV.01\n- GV.01\n- GV.02\n- XX.99\n- GV.77\n", False),
        ("a.json", FILLED, False),
        ("a.md", "\0", False),
    ],
)
def test_which_files_are_recognised(path: str, text: str, expected: bool) -> None:  # noqa: FBT001  expectation
    """At least four lines must start with an id."""
    assert is_orc_template(Document(path=path, data=text.encode())) is expected
