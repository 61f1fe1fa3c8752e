"""Which addresses may be private paths for reports."""

from __future__ import annotations

import pytest

from avow.drafting.readers.reporting import Contact, contact_of, is_public_address, is_public_place


@pytest.mark.parametrize(
    "address",
    [
        "oss-security@lists.openwall.com",
        "full-disclosure@seclists.org",
        "acmelib@googlegroups.com",
        "acme-dev@acme.dev",
        "users@acme.dev",
        "acme-security-discuss@lists.acme.dev",
        "kubernetes-security-announce@googlegroups.com",
        "help@lists.acme.dev",
        "acme@freelists.org",
        "incoming+acme-lib-1-issue@incoming.gitlab.com",
        "sig-security@lists.acme.dev",
        "bugs@acme.dev",
    ],
)
def test_lists_and_inboxes_that_everybody_reads(address: str) -> None:
    """Lists for users and developers, and inboxes that open issues."""
    assert is_public_address(address)
    assert "may be a public list" in str(contact_of(f"mailto:{address}"))


@pytest.mark.parametrize(
    "address",
    [
        "security@acme.dev",
        "acme-security@lists.acme.dev",
        "jane@acme.dev",
        "security@dev.acme.io",
        "psirt@googlegroups.com",
    ],
)
def test_addresses_that_may_be_private(address: str) -> None:
    """A list for security may be; the text around it decides."""
    assert not is_public_address(address)
    assert contact_of(f"MAILTO:{address}?subject=x") == Contact(
        {"kind": "email", "value": address}, private=False
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/lib/issues",
        "https://github.com/acme/lib/issues/new?template=security.md",
        "https://github.com/acme/lib/discussions",
        "https://gitlab.com/acme/lib/-/issues/new",
        "https://gitlab.com/acme/lib/-/issues/new?issue%5Bconfidential%5D=0",
        "https://groups.google.com/g/acme",
        "https://lists.acme.dev/security",
        "https://acme.dev/mailman/listinfo/security",
        "https://acme.dev/pipermail/security/",
        "https://forum.acme.dev",
        "https://discord.gg/acme",
        "https://acme.slack.com/archives/C1",
        "https://bugzilla.acme.dev/enter_bug.cgi",
        "https://bugs.launchpad.net/acme",
        "https://www.openwall.com/lists/oss-security/",
    ],
)
def test_places_that_everybody_reads(url: str) -> None:
    """Trackers, lists, forums and chats."""
    assert is_public_place(url)
    assert "is a public place" in str(contact_of(url))


@pytest.mark.parametrize(
    ("url", "kind", "private"),
    [
        ("https://github.com/acme/lib/security/advisories/new", "forgePrivateReport", True),
        ("https://gitlab.com/acme/lib/-/issues/new?issue%5Bconfidential%5D=1", "web", True),
        ("https://gitlab.com/acme/lib/-/issues/new?a=b&issue[confidential]=true", "web", True),
        ("https://tidelift.com/security", "web", False),
    ],
)
def test_places_for_reports(url: str, kind: str, private: bool) -> None:  # noqa: FBT001  expectation
    """Two kinds of link lead to a report that only maintainers read."""
    assert not is_public_place(url)
    assert contact_of(url) == Contact({"kind": kind, "value": url}, private=private)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "security@example.com",
        "https://example.com/report",
        "mailto:",
        "https://github.com/YOUR-ORG/REPO/security/advisories/new",
    ],
)
def test_placeholders(text: str) -> None:
    """What its author was to fill in is not a contact."""
    assert "placeholder" in str(contact_of(text))


def test_something_else() -> None:
    """A telephone number, for example."""
    assert "neither" in str(contact_of("+49 30 1"))
