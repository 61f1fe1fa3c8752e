"""Decides whether an address may be a private path for reports; what may be public is a hint for a person.

A report that goes to a public list or tracker is published. So a place whose kind is public counts only if
the text says that it is private.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from avow.drafting.found import Notes, is_placeholder, is_url

__all__ = ["Contact", "add_contact", "contact_of", "is_public_address", "is_public_place"]

_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_PRIVATE_REPORT: Final = re.compile(
    r"https://github\.com/[^/\s]+/[^/\s]+/security/advisories/new/?(?:\?\S*)?"
)
_CONFIDENTIAL_ISSUE: Final = re.compile(
    r"https://[^\s]+/issues/new\?(?:\S*&)?issue(?:%5B|\[)confidential(?:%5D|\])=(?:1|true)(?:&\S*)?",
    re.IGNORECASE,
)
_ANYBODY: Final = re.compile(
    r"(?:^|[-+._])(?:users?|dev(?:el)?|discuss\w*|announce\w*|general|help|talk|lists?|community|"
    r"public\w*|commits?|"
    r"bugs?|issues?|hackers|patches)(?:$|[-+._])|^oss-security$|^full-?disclosure$|^bugtraq$|"
    r"^incoming(?:[+.]|$)|"
    r"^(?:sig|wg|tag)-",
    re.IGNORECASE,
)
_LIST_HOST: Final = re.compile(
    r"@(?:[a-z0-9-]+\.)*(?:lists?|ml|mailman\d?|listes|listserv)\.|@(?:.+\.)?googlegroups\.com$|"
    r"@(?:.+\.)?groups\.io$|"
    r"@(?:.+\.)?freelists\.org$|@(?:.+\.)?openwall\.com$|@(?:.+\.)?seclists\.org$|@(?:.+\.)?sympa\.",
    re.IGNORECASE,
)
_SECURITY_WORD: Final = re.compile(r"secur|vuln|[cp]sirt|secalert|disclos|\bcve", re.IGNORECASE)
_PUBLIC_HOST: Final = re.compile(
    r"https?://(?:[^/]*\.)?(?:groups\.google\.com|groups\.io|gitter\.im|slack\.com|"
    r"discord(?:app)?\.(?:com|gg)|matrix\.to|"
    r"t\.me|reddit\.com|stackoverflow\.com|stackexchange\.com|twitter\.com|x\.com|mastodon\.\w+|"
    r"facebook\.com|"
    r"linkedin\.com|youtube\.com|bugs\.launchpad\.net|openwall\.com|seclists\.org|marc\.info|"
    r"mail-archive\.com|"
    r"irc\.\S+|webchat\.\S+)(?:[/:?#]|$)|"
    r"https?://(?:lists?|mail|mailman\d?|forums?|discourse|discuss|community|chat|slack|bugs?|bugzilla|"
    r"jira|tracker|"
    r"issues|todo)\.",
    re.IGNORECASE,
)
_PUBLIC_PATH: Final = re.compile(
    r"/(?:-/)?(?:issues?|discussions?|bugs?|bug-?tracker|tickets?|trackers?|forums?|mailman\d?|pipermail|"
    r"archives?|"
    r"hyperkitty|chat|community|pulls?|merge_requests)(?:[/?#.]|$)|/(?:enter|show|report)_?bug|"
    r"[?&]template=|slack",
    re.IGNORECASE,
)


class Contact(NamedTuple):
    """One contact as the catalogue has it; `private` if only those who handle reports read what arrives."""

    record: dict[str, Any]
    private: bool


def is_public_address(address: str) -> bool:
    """By its name, everybody may read mail to `address`: a list, or an inbox that opens public issues."""
    local = address.partition("@")[0]
    if _ANYBODY.search(local):
        return True
    return _LIST_HOST.search(address) is not None and not _SECURITY_WORD.search(local)


def is_public_place(url: str) -> bool:
    """By its address, `url` is a tracker, a list, a forum or a chat; a confidential issue is not."""
    if _CONFIDENTIAL_ISSUE.fullmatch(url) or _PRIVATE_REPORT.fullmatch(url):
        return False
    return _PUBLIC_HOST.match(url) is not None or _PUBLIC_PATH.search(url.partition("//")[2]) is not None


def contact_of(text: str) -> Contact | str:
    """The contact that a field for contacts gives, or the reason why it is none."""
    value = text.strip()
    address = re.sub(r"^mailto:", "", value, flags=re.IGNORECASE).partition("?")[0]
    if is_placeholder(address):
        return f"contact is a placeholder: {value}"
    if _EMAIL.fullmatch(address):
        public = f"contact may be a public list: {address}"
        record = {"kind": "email", "value": address}
        return public if is_public_address(address) else Contact(record, private=False)
    if not is_url(value):
        return f"contact is neither a mail address nor a URL: {value}"
    if is_public_place(value):
        return f"contact is a public place: {value}"
    by_forge = _PRIVATE_REPORT.fullmatch(value) is not None
    private = by_forge or _CONFIDENTIAL_ISSUE.fullmatch(value) is not None
    return Contact({"kind": "forgePrivateReport" if by_forge else "web", "value": value}, private=private)


def add_contact(notes: Notes, value: str, line: int) -> None:
    """Note the contact that a field for contacts gives, or why it is left out."""
    contact = contact_of(value)
    if isinstance(contact, str):
        notes.leave_out(contact, line=line)
        return
    notes.fact("VUL-01", "contacts", [contact.record], line=line)
    if contact.private:
        notes.fact("VUL-01", "privateReporting", value=True, line=line)
