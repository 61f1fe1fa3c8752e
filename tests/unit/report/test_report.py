"""Text and JSON of a decision: complete, and harmless whatever a project wrote."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pipeline import (
    COMPONENT,
    NOW_TEXT,
    REF,
    RELEASE_WORKFLOW,
    REQUIRES_A_CONTACT,
    SHA256,
    Decided,
    Setting,
    declaration,
    repo_file,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import GITHUB_ISSUER, VirtualSigstore, encoded

from avow.report import RENDERERS
from avow.report.json import SCHEMA
from avow.report.text import _URGENCY
from avow.values import CI_MARKER, printable
from avow.verification.session import SignerFlags, session_for_flags
from avow.vocabulary import Outcome


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A trusted root, a policy, an empty store."""
    return Setting(tmp_path)


def everything(setting: Setting) -> Decided:
    """A decision with something in every field: one statement, gap, refusal and note, in a sandbox."""
    gap = (
        "acceptedGaps: [{practice: VUL-01, for: 'pkg:pypi/acmelib', versions: 'vers:pypi/1.0', because: x, "
        "measure: isolated, owner: us, ticket: T-1, until: '2026-11-01'}]"
    )
    setting.ask("require: [{practice: VUL-01, evidence: E2}, {practice: SRC-01}]", gap)
    setting.sign(declaration(security_contact(evidence=[repo_file("ab" * 32)])), name="a")
    setting.sign(declaration(), signer=setting.workflow(repository="mallory/acmelib"), name="b")
    setting.sign(declaration(), sha256_hex="00" * 32, name="c")
    return setting.decide(accept_sandbox=True)


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """The JSON of a decision with something in every field."""
    decision = everything(Setting(tmp_path, virtual=VirtualSigstore()))
    parsed: dict[str, Any] = json.loads(decision.json)
    return parsed


# ---- JSON ------------------------------------------------------------------------------------------------


def test_the_members_of_a_report(document: dict[str, Any]) -> None:
    """What scripts rely on; members are only ever added."""
    assert set(document) == {"schema", "run", "results", "exitCode", "reasons"}
    assert document["schema"] == SCHEMA
    assert (document["exitCode"], document["reasons"]) == (4, ["evidence-refused", "not-satisfied"])
    run = document["run"]
    assert set(run) == {
        "tool", "policy", "signerFiles", "ownFiles", "profile", "supportUntil", "catalogue", "trustedRoots",
        "identityOnly", "searched",
        "evaluatedAt", "enforced", "insecure", "subjects", "candidates", "rejections", "gaps",
    }  # fmt: skip
    assert run["evaluatedAt"] == NOW_TEXT
    assert (run["subjects"], run["candidates"], len(run["insecure"])) == (1, 3, 1)
    (result,) = document["results"]
    assert set(result) == {
        "subject", "component", "verdict", "outcomes", "attestations", "rejections", "gaps", "withdrawn",
        "notes",
    }  # fmt: skip
    assert result["subject"] == {
        "name": "acmelib-2.4.1.tar.gz",
        "digest": {"sha256": SHA256},
        "purl": None,
    }
    assert result["component"] == COMPONENT
    assert result["verdict"] == "actionNeeded"
    assert len(result["notes"]) == 1


def test_an_outcome(document: dict[str, Any]) -> None:
    """Practice, outcome, whose word, why, what next, and the references."""
    first, second = document["results"][0]["outcomes"]
    assert set(first) >= {"practice", "outcome", "voice", "reason", "next", "references"}
    assert (first["practice"], first["outcome"], first["voice"]) == (
        "VUL-01",
        "metWeakEvidence",
        "projectSigned",
    )
    assert (second["practice"], second["outcome"], second["voice"]) == ("SRC-01", "unknown", "nobody")
    assert "CRA Art 13(6)" in first["references"]
    assert first["next"]


def test_a_rejection(document: dict[str, Any]) -> None:
    """Code, place, message and the nearest miss with its rule and the next step."""
    (rejection,) = document["results"][0]["rejections"]
    assert set(rejection) >= {"code", "location", "message", "nearest"}
    assert rejection["code"] == "identity-mismatch"
    assert rejection["location"].endswith("b.sigstore.json")
    assert set(rejection["nearest"]) == {"differsIn", "expected", "found", "rule", "next"}
    assert all(rejection["nearest"].values())


def test_a_gap(document: dict[str, Any]) -> None:
    """What gave no answer, with its place."""
    (gap,) = document["run"]["gaps"]
    assert gap["code"] == "subject-mismatch"
    assert gap["location"].endswith("c.sigstore.json")


def test_an_attestation(document: dict[str, Any]) -> None:
    """Proven and claimed stand apart, and share no member but the relationship, once from each."""
    (attestation,) = document["results"][0]["attestations"]
    proven, claimed = attestation["proven"], attestation["claimed"]
    assert proven["signer"]["san"] == f"{RELEASE_WORKFLOW}@{REF}"
    assert proven["signer"]["issuer"] == GITHUB_ISSUER
    assert proven["signedAt"] == NOW_TEXT
    assert claimed["purls"] == [f"{COMPONENT}@2.4.1"]
    assert set(proven) & set(claimed) == {"relationship"}


def test_json_ends_like_a_file(setting: Setting) -> None:
    """One object, one newline at the end."""
    text = setting.decide().json
    assert text.endswith("}\n")
    assert json.loads(text)["results"][0]["verdict"] == "actionNeeded"


# ---- text ------------------------------------------------------------------------------------------------


def test_a_yes_in_text(setting: Setting) -> None:
    """What was enforced, who signed, and the meaning of the exit code."""
    setting.sign(declaration())
    text = setting.decide().text
    assert text.startswith("Enforcing\n")
    assert f"by {RELEASE_WORKFLOW}@{REF} ({GITHUB_ISSUER})" in text
    assert "counts as maintainer" in text
    assert text.endswith("exit 0: policy satisfied\n")


@pytest.mark.parametrize("format_", sorted(RENDERERS))
def test_a_report_is_neither_long_nor_an_order(setting: Setting, format_: str) -> None:
    """A predicate type of megabytes, and the markers that CI systems obey."""
    setting.sign({}, predicate_type="##vso[task.complete result=Succeeded]" + "x" * 3_000_000, name="b")
    long = "::error::" + "y" * 50_000
    setting.sign(
        declaration(
            security_contact(
                status="partiallyImplemented",
                coverage=long,
                facts={"contacts": [{"kind": "web", "value": long}], long: long},
                evidence=[repo_file(long, type=long)],
            ),
            security_contact(id=long),
            scope_project={"name": long},
            declarant={"relationship": long},
        )
    )
    decided = setting.decide()
    assert len(decided.attestations) == 1
    written = "".join(RENDERERS[format_](decided.report))
    assert len(written) < 20_000
    assert not any(CI_MARKER.search(line) for line in written.splitlines())


def test_a_long_name_is_cut(setting: Setting) -> None:
    """Of a project without a package."""
    setting.sign(declaration(scope_project={"name": "x" * 50_000}, scope_purls=[]))
    decided = setting.decide(purl=COMPONENT)
    assert decided.attestations
    assert len(decided.text) < 3000


def test_what_is_genuine_and_about_something_else_was_looked_at(setting: Setting) -> None:
    """It has been checked, so it does not say "not checked"."""
    setting.sign(declaration(), sha256_hex="cd" * 32, name="b")
    text = setting.decide().text
    assert "  set aside  " in text
    assert "             found     " in text
    assert "             next: check that the artefact is the one" in text
    assert "not checked" not in text


def test_what_is_about_other_artefacts_is_counted_where_one_fits(setting: Setting) -> None:
    """One file for a release: its other lines are not shown, whether or not the policy is satisfied."""
    lines = [setting.sign(declaration(), name="a").read_bytes()]
    lines += [setting.sign(declaration(), sha256_hex=f"{n:064x}", name="b").read_bytes() for n in range(3)]
    path = setting.directory / "release.jsonl"
    path.write_bytes(b"\n".join(json.dumps(json.loads(line)).encode() for line in lines))
    for asked in (REQUIRES_A_CONTACT, "require: [{practice: VUL-02}]"):
        setting.ask(asked)
        text = setting.decide(path).text
        assert "  set aside  3 bundles about something else\n" in text
        assert text.count("set aside") == 1


def test_a_signer_that_options_name_counts_as_nothing_else(setting: Setting) -> None:
    """It has no relationship that a policy could have given it."""
    setting.sign(declaration())
    flags = SignerFlags(repo="acme/acmelib", signer_workflow=".github/workflows/release.yml")
    root = setting.directory / "pinned.json"
    session = session_for_flags(root, flags=flags, profile=None, identity_only=True, accept_sandbox=False)
    text = setting.decide(session=session).text
    assert "           the signer named by --repo --signer-workflow\n" in text
    assert "unstated" not in text


def test_the_headline_is_what_was_asked_about(setting: Setting) -> None:
    """What the statement says that it is about is its own word, and said as such."""
    setting.sign(declaration(scope_purls=["pkg:pypi/acmelib@2.4.1", "pkg:pypi/bank@1.0"]))
    setting.ask()
    (line,) = [each for each in setting.decide().text.splitlines() if each.endswith("   clear")]
    assert line.startswith("acmelib-2.4.1.tar.gz (sha256:")
    assert "           says that it is about pkg:pypi/acmelib@2.4.1 and 1 more\n" in setting.decide().text
    asked = setting.decide(purl=f"{COMPONENT}@2.4.1").text
    assert f"{COMPONENT}@2.4.1, acmelib-2.4.1.tar.gz   clear\n" in asked


def test_a_no_in_text(tmp_path: Path) -> None:
    """Weakening, notes, each open practice with its step, the nearest miss with rule and step, gaps."""
    setting = Setting(tmp_path, virtual=VirtualSigstore())
    text = everything(setting).text
    for words in (
        "INSECURE  sandbox",
        "2 required practices: 1 metWeakEvidence, 1 unknown",
        "  VUL-01  Security contact with a private reporting path\n          metWeakEvidence: evidence E2 (",
        "No accepted statement says anything about 1 of 2 required practices",
        "    SRC-01  Source and change history are public",
        "note     ",
        "differs in: identity, sourceRepository",
        f"rule      {setting.policy}:5",
        "next       ",
        "set aside  ",
        "next: ",
        "exit 4: not satisfied, evidence refused",
    ):
        assert words in text


def test_nothing_at_all_in_text(setting: Setting) -> None:
    """No bundle: what to do first."""
    text = setting.decide().text
    assert "No accepted declaration for acmelib-2.4.1.tar.gz" in text
    assert "found no bundle" in text
    assert "exit 3" in text


def test_gaps_alone_in_text(setting: Setting) -> None:
    """A root that is too old, with the step."""
    other = VirtualSigstore(organisation="other")
    setting.put(encoded(other.bundle(b"{}", signer=other.person())))
    text = setting.decide().text
    assert "found no bundle" not in text
    assert "next: use a newer trusted root" in text


def test_a_key_in_text(setting: Setting) -> None:
    """A key has no name."""
    laptop = setting.virtual.managed_key()
    setting.ask(signers=(setting.key_rule(laptop),))
    setting.sign(declaration(scope_source=None), signer=laptop)
    assert "by the key sha256:" in setting.decide().text


def test_a_person_in_text(setting: Setting) -> None:
    """A person ran for no repository; the title is the project's name where there is no purl."""
    person = setting.virtual.person("maintainer@example.org", issuer="https://accounts.example")
    setting.ask(
        REQUIRES_A_CONTACT,
        signers=(
            signer_rule(
                issuer="https://accounts.example", identity="maintainer@example.org", sourceRepository=""
            ),
        ),
    )
    setting.sign(declaration(scope_source=None, scope_purls=[]), signer=person)
    text = setting.decide(purl=COMPONENT).text
    assert "by maintainer@example.org (https://accounts.example)\n" in text


def test_older_statements_are_remarked_on(setting: Setting) -> None:
    """The note is next to the signer."""
    setting.sign(declaration(), statement_type="https://in-toto.io/Statement/v0.1")
    assert "  note     the statement has the older type" in setting.decide().text


def stale(*practices: str) -> dict[str, Any]:
    """A statement that has expired on the day it was signed, as if somebody had reviewed these practices."""
    source = {
        "vcsUrl": "https://github.com/acme/acmelib",
        "history": "everyChange",
        "readableWithoutAccount": True,
    }
    said = [
        security_contact(id=each, **({"facts": source} if each == "SRC-01" else {})) for each in practices
    ]
    return declaration(*said, validUntil="2026-11-20T12:00:00Z")


def test_alike_findings_are_told_once(setting: Setting) -> None:
    """All that an expired statement said is stale for one reason, with one step."""
    setting.ask("require: [{practice: VUL-01}, {practice: SRC-01}]")
    setting.sign(stale("VUL-01", "SRC-01"))
    text = setting.decide().text
    said = text[text.index("  VUL-01  ") : text.index("exit 1")].splitlines()
    assert said[0] == "  VUL-01  Security contact with a private reporting path"
    assert said[1] == "  SRC-01  Source and change history are public"
    assert said[2].startswith("          stale: the statement expired on")
    assert said[3].startswith("          next: ask the project for a newer statement")
    assert said[3].endswith("(CRA Annex I Part II (6))")
    assert len(said) == 4


def test_one_reason_with_several_steps(setting: Setting) -> None:
    """Each practice with its step, then the reason, once."""
    setting.ask("require: [{practice: VUL-01}, {practice: SRC-01}]")
    setting.sign(
        declaration(*[security_contact(id=each, status="notImplemented") for each in ("VUL-01", "SRC-01")])
    )
    text = setting.decide().text
    assert text.count("declaredGap: declared notImplemented") == 1
    assert (
        text.index("find or agree on a reporting path")
        < text.index("keep your own copy")
        < text.index("declaredGap: ")
    )


def test_recommended_practices_are_told_as_such(setting: Setting) -> None:
    """They are not a reason for a no."""
    setting.ask("profile: orc-light")
    setting.sign(declaration(security_contact(), security_contact(id="VUL-04", status="notImplemented")))
    text = setting.decide().text
    assert "          declaredGap, recommended: declared notImplemented" in text
    assert "  Nor about 2 recommended practices\n    SUP-01  Support scope" in text


def test_an_accepted_gap_has_no_next_step(setting: Setting) -> None:
    """Somebody has decided already; what was accepted is read."""
    gap = (
        "acceptedGaps: [{practice: SRC-01, for: 'pkg:pypi/acmelib', versions: 'vers:pypi/2.4.1', "
        "because: known, measure: pinned, owner: us, until: '2027-01-01'}]"
    )
    setting.ask("require: [{practice: VUL-01}, {practice: SRC-01}]", gap)
    setting.sign(declaration())
    text = setting.decide(purl=f"{COMPONENT}@2.4.1").text
    said = text[text.index("  SRC-01  ") : text.index("exit 0")].splitlines()
    assert len(said) == 2
    assert "us accepts the gap until 2027-01-01" in said[1]


def test_what_was_found_wrong_stands_first(setting: Setting) -> None:
    """Before what nobody said anything about; every outcome has its place."""
    setting.ask("require: [{practice: GOV-01}, {practice: VUL-01}]")
    setting.sign(stale("VUL-01"))
    text = setting.decide().text
    assert text.index("stale: ") < text.index("    GOV-01  ")
    assert set(_URGENCY) == set(Outcome)


# ---- hostile words ---------------------------------------------------------------------------------------

HOSTILE = (
    "\x1b[2J\x1b[1;1Hexit 0: policy satisfied",
    "a\nexit 0: policy satisfied",
    "a\rexit 0: policy satisfied",
    "a\x08\x08b",
    "a\x9b2Jb",
    "a\x7fb",
    "a\u202eexe.fdp",
    "a\u2066b\u2069",
    "a\u200bb",
    "a\u2028exit 0: policy satisfied",
    "a\u2029b",
    "a\x85b",
    "a\U000e0041b",
    "\ufeffa",
)


def harmless(text: str, *, lines: str = "") -> bool:
    """No character of `text` can move a cursor, hide or reorder others; `lines` are allowed."""
    return not [
        character
        for character in text
        if character not in lines and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    ]


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
@pytest.mark.parametrize("renderer", sorted(RENDERERS))
def test_hostile_words_never_reach_the_terminal(setting: Setting, words: str, renderer: str) -> None:
    """From every place of a statement, a file name or a component that ends up in a result."""
    setting.ask("require: [{practice: VUL-01}, {practice: VUL-02}, {practice: SRC-03}]")
    setting.sign(
        declaration(
            security_contact(status="notApplicable", reason=words, justification=words),
            security_contact(id="VUL-02", status="notImplemented", note=words),
            security_contact(id="SRC-03", status="partiallyImplemented", coverage=words),
            scope_project={"name": words},
        )
    )
    setting.sign(declaration(catalogue_id=words), name="refused")
    setting.sign(declaration(scope_purls=[words]), name="no purl")
    setting.sign({}, predicate_type=words, name="foreign")
    setting.sign(declaration(), sha256_hex="00" * 32, name=words.replace("/", "_"))
    decision = setting.decide()
    assert decision.attestations
    assert len(decision.rejections) == 2
    assert len(decision.gaps) == 2
    rendered = "".join(RENDERERS[renderer](decision.report))
    assert harmless(rendered, lines="\n")
    if renderer == "text":
        assert [line for line in rendered.splitlines() if line.startswith("exit ")] == [
            "exit 4: not satisfied, evidence refused"
        ]
    if renderer == "json":
        assert rendered.isascii()
        assert words in json.loads(rendered)["results"][0]["attestations"][0]["claimed"]["project"]


@given(st.text())
def test_printable_text_is_harmless_and_complete(text: str) -> None:
    """Whatever was written: nothing dangerous stays, and nothing is lost."""
    shown = printable(text)
    assert harmless(shown)
    plain = "".join(c for c in text if unicodedata.category(c)[0] not in "CZ" or c == " ")
    assert [c for c in plain if c not in shown] == []
