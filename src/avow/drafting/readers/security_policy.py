"""Reads SECURITY.md and similar files: contacts, private reporting, time frames and supported versions.

Only plain statements become facts. A sentence that hopes, aims, denies or speaks of the past or of others is
a hint for a person, and so is an address to which everybody may listen. A template that nobody has filled in
says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from avow.drafting.found import Document, InRepository, Notes, Pointer, Reading, is_placeholder, is_url
from avow.drafting.readers.prose import Sentence, addresses, anchor, headings, mail_addresses, sentences
from avow.drafting.readers.reporting import Contact, contact_of, is_public_address, is_public_place

__all__ = ["PATH", "is_security_policy", "read_security_policy"]

PATH: Final = re.compile(
    r"(?:(?:\.github|\.gitlab|\.forgejo|\.gitea|docs?|documentation)/)?"
    r"security(?:[-_]policy)?(?:\.(?:md|markdown|rst|txt|adoc))?",
    re.IGNORECASE,
)

_ADVISORIES = re.compile(r"https://github\.com/[^/\s]+/[^/\s]+/security/advisories/?")
_FORGE_SECURITY = re.compile(r"https://github\.com/[^/\s]+/[^/\s]+/security/?")
_NOT_PEOPLE = re.compile(r"(?:noreply|no-reply|git)@", re.IGNORECASE)
_SECURITY_ADDRESS = re.compile(r"secur|vuln|[cp]sirt|secalert|disclos", re.IGNORECASE)
_ANNOUNCING_ADDRESS = re.compile(r"announce|\+subscribe@|-request@|-subscribe@", re.IGNORECASE)
_TEMPLATE_ISSUE = re.compile(r"/issues/new\?\S*(?:confidential|security_vulnerability)", re.IGNORECASE)
_PLATFORM = re.compile(
    r"https://(?:www\.)?(?:hackerone\.com|bugcrowd\.com|[a-z0-9.]*intigriti\.com|yeswehack\.com|huntr\.\w+)/"
)
_PAID = re.compile(r"\b(?:bount(?:y|ies)|rewards?|we pay|paid)\b", re.IGNORECASE)
_UNPAID = re.compile(
    r"\b(?:no|not|n['\u2019]t|never|without|longer|cannot|unable|used to|plan\w*|"
    r"future)\b[^.]{0,60}\b"
    r"(?:bount(?:y|ies)|rewards?|pay|paid)\b|\b(?:bount(?:y|ies)|rewards?)\b[^.]{0,40}\b(?:not|no longer|"
    r"ended|closed|n't)\b",
    re.IGNORECASE,
)
_PRIVATE_WORD = re.compile(
    r"\b(?:privately|confidential(?:ly)?|in private|private (?:vulnerability )?report\w*|"
    r"private (?:issue|e-?mail|channel))\b",
    re.IGNORECASE,
)
_NOT_IN_PUBLIC = re.compile(
    r"\b(?:do not|don['\u2019]t|not|never|instead of|rather than|avoid)\W+(?:\w+\W+){0,4}?"
    r"(?:report|open|fil|creat|disclos|post|submit|us|rais|discuss)(?:e|ed|es|ing|"
    r"ting)?\W+(?:\w+\W+){0,8}?(?:public(?:ly)?|issue)\b",
    re.IGNORECASE,
)
_REPORTING = re.compile(
    r"\b(?:report\w*|disclos\w*|vulnerabilit\w+|security (?:issue|bug|problem|flaw|concern)s?)\b",
    re.IGNORECASE,
)
_SUPPORTED = re.compile(
    r"\b(?:supported (?:versions?|releases?)|versions? supported|support(?:ed)? (?:policy|lifecycle))\b",
    re.IGNORECASE,
)
_BY_MEANS_OF = re.compile(r"\b(?:use|using|via|through|visit|fill|submit)\b", re.IGNORECASE)
_A_REPORT = re.compile(r"\breport", re.IGNORECASE)
_TO_REPORT = re.compile(
    r"\b(?:report|disclose|submit|navigate|go to|visit|use|via|create|open)\b", re.IGNORECASE
)
_OF_SECURITY = re.compile(r"\b(?:vulnerabilit\w+|security)\b", re.IGNORECASE)
_SECURITY_PAGE = re.compile(r"secur|vuln|report|disclos|tidelift|[cp]sirt|msrc", re.IGNORECASE)
_NOT_FOR_REPORTS = re.compile(
    r"\b(?:not|don't|never|instead of)\b|//docs\.|/docs?/|\.md\b|/wiki|wikipedia|\.html|mitre\.org|"
    r"cve\.org|nvd\.nist|"
    r"first\.org|owasp\.org|bestpractices|scorecard|oss-fuzz|shields\.io|\.(?:asc|gpg|pub|pdf)\b|"
    r"keys\.openpgp|"
    r"//(?:www\.)?cisa\.gov|rfc-editor|ietf\.org|/blob/|/tree/",
    re.IGNORECASE,
)
_WRITE_TO = re.compile(
    r"\b(?:report\w*|disclos\w*|submit|send(?:ing)?|notify|inform|let (?:us|me) know|contact(?:ing)?|"
    r"e-?mail(?:ing)?|mail|"
    r"write|reach|sent|directed|address)\b",
    re.IGNORECASE,
)
_OTHER_PURPOSE = re.compile(
    r"\b(?:conduct|abuse|harass\w*|general (?:questions?|inquir\w+)|questions?|press|sales|licens\w+|"
    r"commercial|donat\w+|"
    r"sponsor\w*|non-security|newsletter|jobs?|unsubscribe|pgp key id)\b",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(?:we|maintainers?|team|they|committee|PSC|PST)\s+(?:(?:will|may|can|also|then|shall|first|"
    r"usually|should|must)\s+){0,3}"
    r"(?:notif(?:y|ies)|inform|contacts?|announces?|forwards?|coordinates?|discuss(?:es|ed)?|"
    r"sends?|shares?|posts?)\b|"
    r"\b(?:downstream|packagers?|distributors?|upstream|predisclosure|pre-disclosure|embargo(?:ed)? list|"
    r"requesting to join|subscribe\w*|announce(?:ment)?s?|credits?|acknowledg(?:e?ments)|thank you to|"
    r"hall of fame|"
    r"founded by|written by|adapted from|based on)\b",
    re.IGNORECASE,
)
_OF_OTHERS_HEADING = re.compile(
    r"\b(?:announce\w*|acknowledg(?:e?ments?)|credits?|thanks|hall of fame|downstream|packag\w+|"
    r"distribut\w+|upstream|"
    r"notif\w+|subscri\w+|join\w*|embargo\w*|mailing lists?|conduct|history)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|never|no longer|cannot|instead of|rather than|used to|formerly|previously|deprecated|"
    r"retired|unmonitored|"
    r"decommissioned|rejected|refused?|ignored?|bounces?|until \d{4}|plan(?:ned|ning)? to|will (?:soon|"
    r"eventually)|future|"
    r"without|avoid)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_DENIED_NEXT = re.compile(
    r"^\W*(?:please\W+)?(?:do not|don['\u2019]t|never)\W+(?:use|send|e-?mail|write|report|"
    r"rely)\b[^.]{0,40}?\b"
    r"(?:it|this|that|these|them|(?:the|this|that) (?:above|address|list|mailbox|inbox))\b",
    re.IGNORECASE,
)
_IF_IT_FAILS = re.compile(
    r"\b(?:if|when|where|should|in case)\b[^.,;]{0,100}?\b(?:cannot|can['\u2019]t|can not|unable|not able|"
    r"unsuccessful\w*|fails?|not possible|unavailable|no (?:reply|response|answer)|"
    r"(?:have|has|did|do|does)(?:n['\u2019]t| not) (?:\w+ )?(?:receiv\w*|hear\w*|get|got|have|been|"
    r"respon\w*|want|work))\b|"
    r"\b(?:last resort|fall-?back|back-?up|only if|escalat\w+|only when)\b",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(
    r"\balternativ\w+|\b(?:if|should)\b[^.,;]{0,60}\b(?:prefer|rather|uncomfortable)\b|"
    r"\botherwise\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[;:\u2014,]\s|\.\s|\bbut\b|\binstead,?\s|\)\s")
_ANNOUNCED = re.compile(r"\b(?:announce\w*|mailing list|subscribe|notification)", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"\b(?:publish\w*|past|previous(?:ly)?|announce\w*|list(?:ed|s)?|known|disclosed|advisories)\b",
    re.IGNORECASE,
)
_UNFILLED = re.compile(
    r"use this section to tell people|tell them where to go|\[insert [^\]]*\]|<insert [^>]*>|\{\{[^}]+\}\}|"
    r"\[(?:your|project|company|organi[sz]ation|e-?mail|security e?-?mail|contact)[^\]\n(]{0,40}\](?![(\[])",
    re.IGNORECASE,
)
"""Left from a template: the first two are in the one that GitHub offers."""
_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        ],
        start=1,
    )
}
_SPAN = re.compile(
    r"(?<!\d[-\u2013])\b(?P<count>\d{1,3}|"
    + "|".join(_NUMBERS)
    + r")[\s`*-]*(?P<working>(?:business|working|work)[\s-]+)?"
    r"(?:calendar[\s-]+)?(?P<unit>hours?|days?|weeks?|months?)\b",
    re.IGNORECASE,
)
_ACKNOWLEDGE = re.compile(
    r"\b(?:acknowledg\w*|respon(?:d|ds|ding|ses?)|repl(?:y|ies)|hear back|get back|"
    r"confirm(?:ation)?(?: of)? (?:the )?recei\w+)\b",
    re.IGNORECASE,
)
_DISCLOSE = re.compile(r"\b(?:disclos\w*|embargo\w*|publicly|published?)\b", re.IGNORECASE)
_PLAINLY_DISCLOSED = re.compile(
    r"\bdays?[\s`*_-]*(?:coordinated |public |responsible )?disclosure[\s-](?:time-?line|timeframe|"
    r"policy|period|deadline|window)|"
    r"\b(?:vulnerabilit\w+|advisor\w+|reports?|issues?|details)\b[^.]{0,60}\b(?:disclosed|published|"
    r"made public)\b[^.]{0,40}"
    r"\b(?:within|after|no later than|at most)\b",
    re.IGNORECASE,
)
_OF_THE_REPORTER = re.compile(
    r"\b(?:your (?:response|reply|answer)|you (?:must|need to|have to|are (?:asked|expected|"
    r"requested) to)|please|reporters? "
    r"(?:must|will|has|have|are))\b[^.]{0,60}|\b(?:pull requests?|issues? (?:will|are)|questions?|stale)\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:aims?|tr(?:y|ies)|strives?|hopes?|goals?|targets?|best effort|usually|typically|generally|may|"
    r"might|"
    r"endeavou?rs?|should|if|unless|not|cannot|at least|ideally|likely|recommend\w*|suggest\w*|expect(?!ed)|"
    r"prefer|order of|roughly|about|approximately|used to|plan(?:ned|s)?|future|soon|previously|intends?|"
    r"most cases|"
    r"normally|sometimes|attempts?|committed to trying|objectives?)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_HOURS_PER_DAY: Final = 24
_DAYS: Final = {"day": 1, "week": 7, "month": 31}
_WORKING_DAYS_PER_WEEK: Final = 5
_MAX_ROWS: Final = 12


def is_security_policy(document: Document) -> bool:
    """The file has the name of a security policy and is text."""
    named = PATH.fullmatch(document.path) or re.fullmatch(PATH, document.name)
    return bool(named) and document.is_text


def read_security_policy(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """The statements of the policy."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    if not document.text.strip():
        notes.leave_out("is empty", line=0)
        return notes.reading()
    said = tuple(sentences(document))
    for sentence in said:
        if unfilled := _UNFILLED.search(sentence.text):
            why = f"is a template that nobody has filled in ({unfilled[0]}), so nothing in it is used"
            notes.leave_out(why, line=sentence.line)
            return notes.reading()
    if any(_REPORTING.search(sentence.text) for sentence in said):
        notes.fact("VUL-02", "policyUrl", InRepository(path=document.path), line=1)
    else:
        notes.leave_out("does not say how to report a vulnerability, so it is not taken for a policy", line=0)
    _Policy(notes, said).read()
    _time_frames(notes, said)
    _support(notes)
    return notes.reading()


@dataclass(slots=True)
class _Policy:
    """Where reports go.

    An alternative counts only beside the path that it replaces. What is for the case that it fails is a hint.
    """

    notes: Notes
    said: tuple[Sentence, ...]

    def read(self) -> None:
        contacts: list[tuple[Contact, int]] = []
        alternatives: list[tuple[Contact, int]] = []
        private = self._privately()
        unpaid = any(_UNPAID.search(sentence.text) for sentence in self.said)
        for number, sentence in enumerate(self.said):
            later = self.said[number + 1].text if number + 1 < len(self.said) else ""
            found = [
                *self._mail(sentence, later),
                *self._links(sentence, private=private is not None, unpaid=unpaid),
            ]
            context = f"{sentence.lead} {sentence.text}"
            if _IF_IT_FAILS.search(context):
                self._only_hint(found, "only for the case that another path fails", sentence.line)
            else:
                chosen = alternatives if _ALTERNATIVE.search(context) else contacts
                chosen.extend((contact, sentence.line) for contact in found)
        if contacts:
            contacts += alternatives
        else:
            for contact, line in alternatives:
                self._only_hint([contact], "only the alternative to another path", line)
        for contact, line in contacts:
            self.notes.fact("VUL-01", "contacts", [contact.record], line=line)
        self._private_reporting(private, contacts)

    def _only_hint(self, found: Sequence[Contact], why: str, line: int) -> None:
        for contact in found:
            self.notes.hint("VUL-01", f"{why}: {contact.record['value']}", line=line)

    def _privately(self) -> Sentence | None:
        """The sentence that asks for reports in private."""
        return next(
            (
                each
                for each in self.said
                if _REPORTING.search(each.text)
                and _PRIVATE_WORD.search(each.text)
                and not _denies_privacy(each.text)
            ),
            None,
        ) or next(
            (each for each in self.said if _REPORTING.search(each.text) and _NOT_IN_PUBLIC.search(each.text)),
            None,
        )

    def _private_reporting(self, private: Sentence | None, contacts: list[tuple[Contact, int]]) -> None:
        for contact, line in contacts:
            if contact.private:
                self.notes.fact("VUL-01", "privateReporting", value=True, line=line)
                return
        if private is None:
            return
        if contacts or _PRIVATE_WORD.search(private.text):
            self.notes.fact("VUL-01", "privateReporting", value=True, line=private.line)
        else:
            text = "asks not to report in public. Where can somebody report in private?"
            self.notes.hint("VUL-01", text, line=private.line)

    def _mail(self, sentence: Sentence, later: str) -> Iterator[Contact]:
        """Mail addresses for reports: the sentence says so, or the address does."""
        for address in mail_addresses(sentence.text):
            if is_placeholder(address) or _NOT_PEOPLE.match(address):
                continue
            if _ANNOUNCING_ADDRESS.search(address):
                self.notes.hint("VUL-04", f"announcements by mail: {address}", line=sentence.line)
            elif why := _not_for_reports(sentence, address, later):
                self.notes.hint("VUL-01", f"{why}: {address}", line=sentence.line)
            else:
                yield Contact({"kind": "email", "value": address}, private=False)

    def _links(self, sentence: Sentence, *, private: bool, unpaid: bool) -> Iterator[Contact]:
        for target in addresses(sentence.text):
            if not is_url(target) or is_placeholder(target):
                continue
            found = self._link(target, sentence, private=private, unpaid=unpaid)
            if found is not None:
                yield found

    def _link(self, target: str, sentence: Sentence, *, private: bool, unpaid: bool) -> Contact | None:
        """The contact, if the link is one; what else it is, is added to the notes."""
        text = sentence.text
        denied = _DENIED.search(_clause(text, target)) is not None
        contact = contact_of(target)
        if isinstance(contact, Contact) and contact.private:
            if not denied:
                return contact
            why = f"the text advises against this path, or is about the past: {target}"
            self.notes.hint("VUL-01", why, line=sentence.line)
        elif _FORGE_SECURITY.fullmatch(target):
            said = _without_links(text)
            if private and not denied and _TO_REPORT.search(said) and not _PUBLISHED.search(said):
                return Contact({"kind": "forgePrivateReport", "value": target}, private=False)
        elif (
            isinstance(contact, Contact)
            and not (denied or _ADVISORIES.fullmatch(target))
            and _is_where_to_report(text, target)
        ):
            return contact
        else:
            self._no_contact(target, sentence, denied=denied, unpaid=unpaid)
        return None

    def _no_contact(self, target: str, sentence: Sentence, *, denied: bool, unpaid: bool) -> None:
        notes, line, text = self.notes, sentence.line, sentence.text
        if _ADVISORIES.fullmatch(target):
            if _PUBLISHED.search(_without_links(text)) and not denied:
                notes.fact("VUL-03", "listUrl", target, line=line)
            else:
                notes.hint("VUL-03", f"perhaps the list of advisories: {target}", line=line)
        elif _TEMPLATE_ISSUE.search(target):
            why = f"does this open an issue that only maintainers can read? {target}"
            notes.hint("VUL-01", why, line=line)
        elif _PLATFORM.match(target) and _PAID.search(text):
            if unpaid:
                notes.hint("VUL-02", f"is there a bounty? {target}", line=line)
            else:
                notes.fact("VUL-02", "bountyUrl", target, line=line)
        elif is_public_place(target) and _A_REPORT.search(text):
            notes.hint("VUL-01", f"a place that everybody can read: {target}", line=line)
        elif _ANNOUNCED.search(text):
            notes.hint("VUL-04", f"perhaps a channel for notifications: {target}", line=line)


def _denies_privacy(text: str) -> bool:
    """The sentence says that there is no private path, or not always, or not yet."""
    match = _PRIVATE_WORD.search(text)
    before = text[: match.start()] if match else ""
    return (
        re.search(
            r"\b(?:no|not|n['\u2019]t|never|without|cannot|unable|sometimes|used to|plan\w*|future|soon|"
            r"may)\W+(?:[\w'\u2019]+\W+){0,6}$",
            before,
            re.IGNORECASE,
        )
        is not None
    )


def _not_for_reports(sentence: Sentence, address: str, later: str) -> str:
    """Why the address is not, or not certainly, one for reports of vulnerabilities; empty if it is."""
    text, clause = sentence.text, _clause(sentence.text, address)
    by_name = _SECURITY_ADDRESS.search(address) is not None
    if is_public_address(address) and not (_PRIVATE_WORD.search(text) and not _denies_privacy(text)):
        return "may be a public list"
    if _DENIED.search(clause) or _DENIED_NEXT.search(later):
        return "the text advises against this address, or is about the past"
    if _OF_OTHERS.search(_without_links(text)) or _OF_OTHERS_HEADING.search(sentence.heading):
        return "an address of others, or for something else"
    if not by_name:
        about = f"{sentence.heading} {sentence.lead} {text}"
        if _OTHER_PURPOSE.search(text) or not (_WRITE_TO.search(text) and _REPORTING.search(about)):
            return "an address with an unclear purpose"
    return ""


def _clause(text: str, target: str) -> str:
    """The part of the sentence, between punctuation, in which the address is, without the address itself."""
    at = text.find(target.replace("%5B", "[").replace("%5D", "]"))
    at = max(at, 0)
    start = max((match.end() for match in _CLAUSE_END.finditer(text, 0, at)), default=0)
    after = _CLAUSE_END.search(text, at + len(target))
    return text[start:at] + " " + text[at + len(target) : after.start() if after else len(text)]


def _without_links(text: str) -> str:
    return re.sub(r"\(<?https?://[^)\s]*\)|https?://\S+", " ", text)


def _is_where_to_report(sentence: str, target: str) -> bool:
    words = (_A_REPORT, _OF_SECURITY, _BY_MEANS_OF)
    return (
        all(word.search(sentence) for word in words)
        and _SECURITY_PAGE.search(target) is not None
        and not _NOT_FOR_REPORTS.search(f"{sentence} {target}")
    )


def _time_frames(notes: Notes, said: tuple[Sentence, ...]) -> None:
    for sentence in said:
        span = _SPAN.search(sentence.text)
        if span is None:
            continue
        acknowledges, discloses = _ACKNOWLEDGE.search(sentence.text), _DISCLOSE.search(sentence.text)
        if bool(acknowledges) == bool(discloses):
            continue
        practice_fact = "acknowledgeWithinDays" if acknowledges else "discloseWithinDays"
        # "We aim to:" applies to every item of the list below it, and "Our goals" to its section.
        context = f"{sentence.heading} {sentence.lead} {sentence.text}"
        plain = bool(acknowledges) or _PLAINLY_DISCLOSED.search(sentence.text)
        if (
            _HEDGED.search(context)
            or not plain
            or (acknowledges and _OF_THE_REPORTER.search(sentence.text))
            or len(_SPAN.findall(sentence.text)) > 1
        ):
            notes.hint("VUL-02", f"for {practice_fact}: {sentence.text}", line=sentence.line)
        else:
            notes.fact("VUL-02", practice_fact, _days(span), line=sentence.line)


def _days(span: re.Match[str]) -> int:
    """Whole calendar days, rounded up; working days include the weekends that they can span."""
    count = _NUMBERS.get(span["count"].lower()) or int(span["count"])
    unit = span["unit"].lower().rstrip("s")
    if unit == "hour":
        return -(-count // _HOURS_PER_DAY)
    if span["working"] and unit == "day":
        return count + 2 * -(-count // _WORKING_DAYS_PER_WEEK)
    return count * _DAYS[unit]


def _support(notes: Notes) -> None:
    for heading in headings(notes.document):
        if _SUPPORTED.search(heading.title):
            place = InRepository(path=notes.document.path, anchor=anchor(heading.title))
            notes.fact("SUP-01", "policyUrl", place, line=heading.line)
            rows = [
                (number, row)
                for number, row in enumerate(
                    notes.document.lines[heading.line : heading.end - 1], heading.line + 1
                )
                if "|" in row and re.search(r"\d", row)
            ]
            for number, row in rows[:_MAX_ROWS]:
                notes.hint(
                    "SUP-01", " / ".join(cell.strip() for cell in row.strip("| ").split("|")), line=number
                )
            return
