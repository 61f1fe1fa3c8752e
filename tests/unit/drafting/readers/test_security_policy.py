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


CONTACT = ("email", "security@acme.dev")
REPORT = "https://github.com/acme/lib/security/advisories/new"


@pytest.mark.parametrize(
    "text",
    [
        "Report vulnerabilities on acme-dev@googlegroups.com.",
        "Report vulnerabilities to oss-security@lists.openwall.com.",
        "Report security bugs in the [tracker](https://github.com/acme/lib/issues).",
        "To report a vulnerability, use https://groups.google.com/g/acme.",
        "To report a vulnerability, use [the chat](https://discord.gg/security).",
        "Do not report vulnerabilities to security@acme.dev.",
        "We no longer use security@acme.dev for vulnerabilities.",
        "Vulnerabilities used to be reported to security@acme.dev.",
        "We plan to offer security@acme.dev for reports of vulnerabilities.",
        "Write to security@acme.dev. Do not use this address to report vulnerabilities.",
        "We notify security@distribution.dev of vulnerabilities before the release.",
        "The maintainers will inform security@customers.dev about each vulnerability.",
        "# Credits\n\nVulnerabilities were found by security@finder.dev.\n",
        "# Security announcements\n\nsecurity@acme.dev sends mail about vulnerabilities.\n",
        "For questions about vulnerability reports write to jane@acme.dev.",
        "```\nReport vulnerabilities to security@acme.dev.\n```",
        "<!-- Report vulnerabilities to security@acme.dev. -->",
        "> Report vulnerabilities to security@acme.dev.",
        "To report a vulnerability, use https://docs.github.com/en/code-security/reporting.",
        f"Do not use {REPORT} to report vulnerabilities.",
        "To report a vulnerability, use https://acme.dev/contact.asc.",
    ],
)
def test_no_private_contacts(reads: Any, text: str) -> None:
    """Public places, denials, the past, the future, others, code, comments and quotations."""
    found = reads(read_security_policy, text)

    assert contacts(found) == []
    assert found.fact("VUL-01", "privateReporting") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Do not report vulnerabilities in public, but to security@acme.dev.", [CONTACT]),
        ("Instead of opening an issue, report the vulnerability to security@acme.dev.", [CONTACT]),
        ("If you find a vulnerability, do not open an issue; mail security@acme.dev.", [CONTACT]),
        ("Report vulnerabilities to [us](mailto:security@acme.dev).", [CONTACT]),
        ('Report vulnerabilities to <a href="mailto:security@acme.dev">us</a>.', [CONTACT]),
        ("Report vulnerabilities to [us][mail].\n\n[mail]: mailto:security@acme.dev\n", [CONTACT]),
        ("> [!IMPORTANT]\n> Report vulnerabilities to security@acme.dev.", [CONTACT]),
        ("Report vulnerabilities privately to acme@googlegroups.com.", [("email", "acme@googlegroups.com")]),
        (
            "Report vulnerabilities to acme-security@lists.acme.dev.",
            [("email", "acme-security@lists.acme.dev")],
        ),
        (f"Report [a vulnerability]({REPORT}), please.", [("forgePrivateReport", REPORT)]),
        (
            "Report a vulnerability [so](https://git.acme.dev/a/-/issues/new?issue[confidential]=1), please.",
            [("web", "https://git.acme.dev/a/-/issues/new?issue%5Bconfidential%5D=1")],
        ),
    ],
)
def test_the_form_of_an_address(reads: Any, text: str, expected: list[tuple[str, str]]) -> None:
    """Links, references, HTML, brackets, and clauses that are not denied."""
    assert contacts(reads(read_security_policy, text)) == expected


def test_a_fallback_is_not_the_contact(reads: Any) -> None:
    """The policy wants private reporting; a mail address for its failure does not replace that."""
    text = (
        "We use GitHub's private vulnerability reporting.\n\n"
        "If you have not received a response, write to security@acme.dev.\n"
    )
    found = reads(read_security_policy, text)

    assert contacts(found) == []
    assert found.fact("VUL-01", "privateReporting") == [True]
    assert found.hints("VUL-01") == ["only for the case that another path fails: security@acme.dev"]


def test_an_alternative_comes_second(reads: Any) -> None:
    """Whatever comes first in the text; without the first path it is a hint."""
    text = "Alternatively, report vulnerabilities to security@acme.dev.\n\n"
    found = reads(read_security_policy, f"{text}Please report vulnerabilities at {REPORT}.\n")

    assert contacts(found) == [("forgePrivateReport", REPORT), CONTACT]
    assert reads(read_security_policy, text).hints("VUL-01") == [
        "only the alternative to another path: security@acme.dev"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Use this section to tell people how to report a vulnerability.\n",
        "# Policy\n\n| 5.1.x | :white_check_mark: |\n\nTell them where to go, how often.\n",
        "Report vulnerabilities to [INSERT EMAIL].\n",
        "Report vulnerabilities to {{ email }}.\n",
        "Report vulnerabilities to [your security e-mail].\n",
    ],
)
def test_a_template_that_nobody_has_filled_in(reads: Any, text: str) -> None:
    """It says nothing about this project, not even that there is a policy."""
    found = reads(
        read_security_policy, f"{text}\n## Supported Versions\n\nWe acknowledge reports within 2 days.\n"
    )

    assert found.reading.found == ()
    assert "is a template that nobody has filled in" in found.left_out[0]


@pytest.mark.parametrize(
    "address", ["security@example.com", "https://github.com/YOUR-ORG/REPO/security/advisories/new"]
)
def test_placeholders_in_a_policy(reads: Any, address: str) -> None:
    """They are left out."""
    assert contacts(reads(read_security_policy, f"Report vulnerabilities privately to {address}.")) == []


@pytest.mark.parametrize(
    "text",
    [
        "There is no way to report vulnerabilities privately.",
        "Vulnerabilities are handled quickly and sometimes privately.",
        "We plan to accept reports of vulnerabilities privately.",
        "Your report of a vulnerability must not be shared publicly.",
        "Do not report vulnerabilities in public.",
    ],
)
def test_no_private_path(reads: Any, text: str) -> None:
    """A denial, an exception, a plan, a duty of the reporter, and a ban without an alternative."""
    assert reads(read_security_policy, text).fact("VUL-01", "privateReporting") == []


@pytest.mark.parametrize(
    "text",
    [
        "Please respond within 14 days.",
        "You must reply to our questions within 7 days.",
        "Responsible parties fix it within 30 days.",
        "# Our goals\n\nWe acknowledge reports within 2 days.\n",
        "We used to acknowledge reports within 2 days.",
        "We plan to acknowledge reports within 2 days.",
        "Pull requests get a response within 5 days.",
        "The embargo list is told 7 days before.",
        "A fix is released within two weeks of the disclosure.",
        "```\nWe acknowledge reports within 2 days.\n```\n",
    ],
)
def test_time_frames_of_something_else(reads: Any, text: str) -> None:
    """The reporter's, a goal, the past, the future, other matters and code."""
    found = reads(read_security_policy, text)

    assert found.fact("VUL-02", "acknowledgeWithinDays") == []
    assert found.fact("VUL-02", "discloseWithinDays") == []


@pytest.mark.parametrize(
    "text",
    [
        "There is no bug bounty; report vulnerabilities at https://hackerone.com/acme.",
        "We do not pay rewards.\n\nBounty page: https://hackerone.com/acme\n",
        "We plan a bounty at https://hackerone.com/acme.",
        "To report a vulnerability, use https://hackerone.com/acme.",
    ],
)
def test_no_bounty(reads: Any, text: str) -> None:
    """A platform for reports need not pay."""
    assert reads(read_security_policy, text).fact("VUL-02", "bountyUrl") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We publish advisories at https://github.com/acme/lib/security/advisories.", 1),
        ("File a report of a vulnerability via https://github.com/acme/lib/security/advisories.", 0),
        ("We do not publish at https://github.com/acme/lib/security/advisories.", 0),
    ],
)
def test_the_list_of_advisories(reads: Any, text: str, expected: int) -> None:
    """It is where something is published, not where it is reported."""
    assert len(reads(read_security_policy, text).fact("VUL-03", "listUrl")) == expected
