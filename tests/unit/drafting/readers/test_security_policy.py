"""SECURITY.md: contacts, private reporting and time frames, if they are plainly stated."""

from __future__ import annotations

from typing import Any

import pytest

from avow.drafting.found import Document, InRepository
from avow.drafting.readers.security_policy import is_security_policy, read_security_policy


def contacts(found: Any) -> list[tuple[str, str]]:
    return [(one["kind"], one["value"]) for value in found.fact("VUL-01", "contacts") for one in value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Report vulnerabilities to <security@acme.dev>.", [("email", "security@acme.dev")]),
        ("To report a vulnerability write to jane@acme.dev.", [("email", "jane@acme.dev")]),
        ("General questions: hello@acme.dev", []),
        ("Security: noreply@acme.dev or security@example.com", []),
        ("Report it to vuln-announce@acme.dev", []),
        (
            "Use https://github.com/acme/lib/security/advisories/new.",
            [("forgePrivateReport", "https://github.com/acme/lib/security/advisories/new")],
        ),
        (
            "Report vulnerabilities privately at [the page](https://github.com/acme/lib/security).",
            [("forgePrivateReport", "https://github.com/acme/lib/security")],
        ),
        ("See https://github.com/acme/lib/security.", []),
        (
            "To report a security vulnerability, use https://acme.dev/security.",
            [("web", "https://acme.dev/security")],
        ),
        ("Do not report security bugs via https://acme.dev/issues.", []),
        ("To report a security vulnerability, see how via https://docs.acme.dev/x.", []),
    ],
)
def test_contacts(reads: Any, text: str, expected: list[tuple[str, str]]) -> None:
    """An address counts when its name or its sentence says what it is for."""
    assert contacts(reads(read_security_policy, text)) == expected


def test_other_addresses_are_hints(reads: Any) -> None:
    """Anything that may be useful is shown to the person."""
    text = (
        "Hello hello@acme.dev. Announcements: security-announce@acme.dev.\n\n"
        "Subscribe to https://lists.acme.dev/sec.\n\n[home](https://acme.dev).\n"
    )
    found = reads(read_security_policy, text)

    assert found.hints("VUL-01") == ["an address with an unclear purpose: hello@acme.dev"]
    assert found.hints("VUL-04") == [
        "announcements by mail: security-announce@acme.dev",
        "perhaps a channel for notifications: https://lists.acme.dev/sec",
    ]


def test_advisories_and_bounties(reads: Any) -> None:
    """Known pages become the right facts."""
    found = reads(
        read_security_policy,
        "Past ones: https://github.com/acme/lib/security/advisories.\n\nWe pay: https://hackerone.com/acme\n",
    )

    assert found.fact("VUL-03", "listUrl") == ["https://github.com/acme/lib/security/advisories"]
    assert found.fact("VUL-02", "bountyUrl") == ["https://hackerone.com/acme"]
    assert found.fact("VUL-02", "policyUrl") == []
    assert "is not taken for a policy" in found.left_out[0]


@pytest.mark.parametrize(
    "text",
    [
        "Please report vulnerabilities privately.",
        "Do not report security bugs in public, but to security@acme.dev.",
        "Security problems are reported in private.",
    ],
)
def test_a_private_path(reads: Any, text: str) -> None:
    """The policy says that reports stay private."""
    assert reads(read_security_policy, text).fact("VUL-01", "privateReporting") == [True]


@pytest.mark.parametrize(
    ("text", "fact", "days"),
    [
        ("We acknowledge reports within 48 hours.", "acknowledgeWithinDays", 2),
        ("You will receive a response within 25 hours.", "acknowledgeWithinDays", 2),
        ("Reports are acknowledged within five working days.", "acknowledgeWithinDays", 7),
        ("We respond within 2 weeks.", "acknowledgeWithinDays", 14),
        ("This project follows a `90 day` disclosure timeline.", "discloseWithinDays", 90),
        ("Vulnerabilities are published after 3 months.", "discloseWithinDays", 93),
    ],
)
def test_plain_time_frames(reads: Any, text: str, fact: str, days: int) -> None:
    """Time spans become days, rounded up; working days include the weekends they can span."""
    assert reads(read_security_policy, text).fact("VUL-02", fact) == [days]


@pytest.mark.parametrize(
    "text",
    [
        "We aim to acknowledge reports within 3 days.",
        "We can't respond within 2 days.",
        "We acknowledge within 2 days and again after 5 days.",
        "We aim to:\n\n- acknowledge within 3 days\n",
        "If nobody responds within 3 days, write again.",
    ],
)
def test_hopes_and_denials_are_hints(reads: Any, text: str) -> None:
    """A sentence that promises nothing is only a hint."""
    found = reads(read_security_policy, text)

    assert found.fact("VUL-02", "acknowledgeWithinDays") == []
    assert len(found.hints("VUL-02")) == 1


def test_a_lead_sentence_applies_to_its_list_only(reads: Any) -> None:
    """A plain sentence after the list counts again."""
    text = "We aim to:\n\n- be nice\n\nThat said. We acknowledge reports within 3 days.\n"
    assert reads(read_security_policy, text).fact("VUL-02", "acknowledgeWithinDays") == [3]


def test_spans_about_something_else_do_not_count(reads: Any) -> None:
    """A sentence about both, or about neither, is ignored."""
    found = reads(read_security_policy, "Fixes take 7 days. We respond and disclose within 7 days.")

    assert [item.fact for item in found.reading.found] == ["policyUrl"]
    assert found.hints("VUL-02") == []


def test_supported_versions(reads: Any) -> None:
    """The section is the policy; its table rows are hints, because they give no end dates."""
    text = "# Security\n\n## Supported Versions\n\n| Version |\n|---|\n| 2.x | yes |\n\n## Other\n| 3 | x |\n"
    found = reads(read_security_policy, text)

    assert found.lines("SUP-01", "policyUrl") == ["a.md:3"]
    assert found.reading.found[-1].value == InRepository(path="a.md", anchor="supported-versions")
    assert found.hints("SUP-01") == ["2.x / yes"]


def test_an_empty_policy_yields_nothing(reads: Any) -> None:
    """It is reported as empty."""
    assert reads(read_security_policy, " \n").reading.found == ()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("SECURITY.md", True),
        (".github/SECURITY.md", True),
        (".gitlab/security.rst", True),
        ("docs/Security-Policy.txt", True),
        ("elsewhere/SECURITY.md", True),
        ("SECURITY-INSIGHTS.yml", False),
        ("src/security.py", False),
    ],
)
def test_which_files_are_recognised(path: str, expected: bool) -> None:  # noqa: FBT001  expectation
    """The name counts in any case, at the paths where forges look."""
    assert is_security_policy(Document(path=path, data=b"x")) is expected
    assert not is_security_policy(Document(path=path, data=b"\0"))
