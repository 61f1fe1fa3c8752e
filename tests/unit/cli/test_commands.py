"""Each command as its users see it: what it prints where, and what it leaves."""

from __future__ import annotations

import hashlib
import io
import json
import re
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Ended
from support.pipeline import Setting
from support.virtual_sigstore import VirtualSigstore, encoded

from avow.catalogue.practices import load_catalogue
from avow.cli import COMMANDS, LazyGroup, command
from avow.cli.sandbox import Termination
from avow.cli.terminal import Terminal, is_interactive
from avow.drafting.draft import Draft, Question
from avow.sandbox import Sandbox
from avow.transparency.trusted_root import embedded_root

from .conftest import PERSON, declaration, write_policy

Avow = Callable[..., Ended]

ARTEFACT = "dist/acmelib-2.4.1.tar.gz"
BUNDLE = "dist/acmelib-2.4.1.practices.sigstore.json"
VERIFY = ("verify", ARTEFACT, "--policy", "policy.yaml", "--insecure-sandbox")


# help


def test_help_names_every_command(avow: Avow) -> None:
    """In the order a new user needs them, and the exit codes."""
    listed = avow("--help").out
    places = [listed.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert "Exit codes" in listed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(avow: Avow, name: str) -> None:
    """Every option has a help text, and none is cut off with dots."""
    assert isinstance(command, LazyGroup)
    found = command.get_command(command.make_context("avow", [name]), name)
    assert found is not None
    for option in found.params:
        if option.param_type_name == "option":
            assert getattr(option, "help", None), option.name
    assert "..." not in avow(name, "--help").out.partition("Commands:")[2]


# init


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a few facts, as the working directory."""
    (tmp_path / "SECURITY.md").write_text(
        "# Security\nReport privately to security@acme.org\n", encoding="utf-8"
    )
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "acmelib"\nversion = "2.4"\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_init_without_a_terminal_asks_nothing(avow: Avow, checkout: Path) -> None:
    """It reports what it read and what is open, and writes a well-formed draft."""
    ended = avow("init", "--compliance-md", "COMPLIANCE.md")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("Read 2 sources: ")
    assert "Nothing is signed." in ended.err
    assert " more, marked in avow.yaml" in ended.err
    assert ended.err.endswith(
        "Wrote avow.yaml and COMPLIANCE.md (unsigned).  "
        "Next: fill in relationship, read and correct every draft, then run avow check\n"
    )
    assert len(ended.err.splitlines()) < 12
    assert (checkout / "COMPLIANCE.md").exists()


def test_init_does_not_assume_who_declares(avow: Avow, checkout: Path) -> None:
    """The line is empty; check and attest refuse it until it is filled in as they say."""
    assert avow("init").code == 0
    draft = (checkout / "avow.yaml").read_text(encoding="utf-8")
    assert "\n  relationship:  # fill in" in draft
    for line in ("check", "attest SECURITY.md --release 1.0"):
        ended = avow(*line.split())
        assert ended.code == 2
        assert "relationship is not filled in" in ended.out + ended.err
        assert "write what you are to the project: maintainer, contributor, " in ended.out + ended.err
    filled = draft.replace("  relationship:  #", "  relationship: contributor  #")
    (checkout / "avow.yaml").write_text(filled, encoding="utf-8")
    assert avow("check").code == 0


def test_init_with_the_relationship(avow: Avow, checkout: Path) -> None:
    """It is the declarant's own word, so it is written; a word that does not exist is refused."""
    refused = avow("init", "--relationship", "boss")
    assert refused.code == 2
    assert "unknown relationship: boss" in refused.err
    assert "maintainer, contributor, steward" in refused.err
    assert not (checkout / "avow.yaml").exists()
    ended = avow("init", "--relationship", "steward")
    assert ended.err.endswith("Next: read and correct every draft, then run avow check\n")
    assert "\n  relationship: steward\n" in (checkout / "avow.yaml").read_text(encoding="utf-8")
    assert avow("check").code == 0


def test_init_elsewhere(avow: Avow, checkout: Path) -> None:
    """The next step names the written file."""
    ended = avow("init", "--from", "SECURITY.md", "--output", "drafts/mine.yaml")
    assert ended.code == 0
    assert ended.err.endswith("read and correct every draft, then run avow check drafts/mine.yaml\n")
    assert (checkout / "drafts" / "mine.yaml").exists()


def test_init_counts_what_it_can_not_show(
    avow: Avow, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file full of unusable values does not fill the screen."""
    (checkout / "pyproject.toml").write_text(
        '[project]\nname = "acmelib"\n'
        '[project.urls]\nHomepage = "soon"\nRepository = "ours"\nChangelog = "no"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr("avow.cli.init.SHOWN_LEFT_OUT", 1)
    ended = avow("init")
    assert ended.code == 0
    shown, counted = [line for line in ended.err.splitlines() if line.startswith("Left out")]
    assert "Homepage" in shown
    assert counted == "Left out  2 more items"


def test_init_leaves_nothing_open(avow: Avow, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the output does not mention open questions."""
    from avow.drafting.draft import draft  # noqa: PLC0415  beside its replacement

    def complete(*arguments: Any, **options: Any) -> Draft:
        return draft(*arguments, **options).model_copy(update={"questions": ()})

    monkeypatch.setattr("avow.drafting.draft.draft", complete)
    ended = avow("init", "--from", str(checkout / "SECURITY.md"))
    assert ended.code == 0
    assert "Still open" not in ended.err


class Keyboard(io.TextIOWrapper):
    """Standard input from a person, and what they type."""

    def __init__(self, typed: bytes) -> None:
        super().__init__(io.BytesIO(typed))

    def isatty(self) -> bool:
        """A person is at the terminal."""
        return True


def asked(
    typed: bytes, *questions: tuple[Question, str], monkeypatch: pytest.MonkeyPatch
) -> list[str | None]:
    """The answers of a person who types this."""
    monkeypatch.setattr("sys.stdin", Keyboard(typed))
    terminal = Terminal(load_catalogue())
    return [terminal.ask(question, problem=problem) for question, problem in questions]


PRACTICE = load_catalogue().practices[0]
FIRST = Question(practice="", fact="", text="What are you?", choices=("maintainer", "steward"))
SECOND = Question(
    practice=PRACTICE.id, fact="x", text=f"{PRACTICE.question} is it so?", choices=("yes", "no")
)


def test_answers_are_taken_as_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty line skips; other bytes than text do no harm; the practice's question is shown once."""
    answers = asked(
        b"steward\n \n\xff\xfe\nyes\n", (FIRST, ""), (SECOND, ""), (SECOND, "is no"), (SECOND, "is no"),
        monkeypatch=monkeypatch,
    )  # fmt: skip
    assert answers == ["steward", None, "\ufffd\ufffd", "yes"]
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count(PRACTICE.question) == 1
    assert written.err.count("  answer yes or no\n") == 2
    assert "  is it so? (yes, no): " in written.err


def test_a_wrong_answer_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Except for yes or no, in the words of the fact's type."""
    asked(b"boss\n", (FIRST, "use one of: maintainer, steward"), monkeypatch=monkeypatch)
    assert "  use one of: maintainer, steward\n" in capsys.readouterr().err


def test_the_end_of_input_skips_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No more questions are asked."""
    assert asked(b"maint", (FIRST, ""), (SECOND, ""), (SECOND, ""), monkeypatch=monkeypatch) == [
        "maint", None, None,
    ]  # fmt: skip
    assert PRACTICE.question not in capsys.readouterr().err


@pytest.mark.parametrize("stream", ["stdin", "stderr"])
@pytest.mark.parametrize("replacement", [None, io.StringIO()])
def test_questions_need_a_terminal(monkeypatch: pytest.MonkeyPatch, stream: str, replacement: object) -> None:
    """A person needs somewhere to type and somewhere to read."""
    monkeypatch.setattr("sys.stdin", Keyboard(b""))
    monkeypatch.setattr("sys.stderr", Keyboard(b""))
    assert is_interactive()
    monkeypatch.setattr(f"sys.{stream}", replacement)
    assert not is_interactive()


# check


def test_check_folds_notes(avow: Avow, project: Path) -> None:
    """One line for each draft, then the unanswered practices by name; only the verdict is data."""
    text = declaration().replace("  TST-04:\n", "  TST-04:\n    draft: true\n") + "  DOC-02:\n"
    (project / "avow.yaml").write_text(text.replace("    status: notImplemented\n", ""), encoding="utf-8")
    ended = avow("check")
    assert (ended.code, ended.out) == (0, "avow.yaml: well-formed; 2 practices (1 draft to review).\n")
    draft, counted, *unanswered, step = ended.err.splitlines()
    assert draft == "avow.yaml:14  TST-04  draft; status is missing"
    assert counted.startswith(f"{len(unanswered)} practices not answered, so unknown")
    titles = {each.id: each.title for each in load_catalogue().practices}
    assert unanswered[:2] == [f"  DOC-02  {titles['DOC-02']}", f"  GOV-01  {titles['GOV-01']}"]
    assert step.startswith("next: read each draft")


def test_check_shows_notes(avow: Avow, project: Path) -> None:
    """A note on a finished entry, and one that belongs to no practice."""
    text = (
        declaration()
        .replace("project:\n", "project:\n  url: http://acme.example\n")
        .replace(
            "    status: notImplemented\n",
            "    status: notApplicable\n    reason: other\n    justification: there is nobody to ask\n",
        )
    )
    (project / "avow.yaml").write_text(text, encoding="utf-8")
    ended = avow("check")
    assert ended.code == 0
    assert "avow.yaml:3  " in ended.err
    assert "TST-04  the reason other counts only if the manufacturer confirms it" in ended.err


def test_check_opens_the_evidence(avow: Avow, project: Path) -> None:
    """A missing file is reported, and what has nothing to show, by group; the file is well-formed."""
    before = avow("check")
    assert before.code == 0
    assert "avow attest needs it" not in before.err
    assert "without evidence" not in before.err  # one denies, one shows a file
    (project / "SECURITY.md").unlink()
    ended = avow("check")
    assert ended.code == 0
    assert re.search(r"avow.yaml:[0-9]+  TST-03  can't read SECURITY.md: .*; avow attest needs it", ended.err)
    bare = (
        "  SRC-01:\n    status: implemented\n    reviewedAt: '2026-01-01'\n"
        "    vcsUrl: https://acme.dev/lib\n    history: everyChange\n    readableWithoutAccount: true\n"
        "  DEP-03:\n    status: implemented\n    reviewedAt: '2026-01-01'\n"
        "    policyUrl: https://acme.dev/deps\n    checkedBeforeAdding: [need]\n"
        "    trustedSources: [PyPI]\n    updatesLookedFor: perRelease\n"
    )
    (project / "avow.yaml").write_text(declaration() + bare, encoding="utf-8")
    assert (
        "2 practices implemented without evidence, so only the word counts:\n"
        "  Source code integrity: SRC-01\n  Dependencies: DEP-03\n"
    ) in avow("check").err


def test_check_says_which_reviews_are_old(avow: Avow, project: Path) -> None:
    """In a line for each limit of the profiles, with the same words as before signing."""
    assert "reviewed more than" not in avow("check").err
    old = (datetime.now(UTC) - timedelta(days=800)).date().isoformat()
    source = (
        f"  SRC-01:\n    status: implemented\n    reviewedAt: '{old}'\n    vcsUrl: https://acme.dev/lib\n"
        "    history: everyChange\n    readableWithoutAccount: true\n"
    )
    (project / "avow.yaml").write_text(declaration(reviewed=old) + source, encoding="utf-8")
    ended = avow("check")
    assert ended.code == 0
    assert (
        "note: reviewed more than 365 days ago, so some profiles will not count them: SRC-01\n"
        "note: reviewed more than 730 days ago, so some profiles will not count them: TST-03, TST-04\n"
    ) in ended.err


def test_check_of_one_practice(avow: Avow, project: Path) -> None:
    """In the singular, and without a next step if nothing is open."""
    (project / "avow.yaml").write_text(declaration().partition("  TST-04")[0], encoding="utf-8")
    assert avow("check", "avow.yaml").out == "avow.yaml: well-formed; 1 practice.\n"


# practices


def test_practices_lists_all(avow: Avow) -> None:
    """All of the catalogue, in their groups."""
    catalogue = load_catalogue()
    lines = avow("practices").out.splitlines()
    assert len(lines) == len(catalogue.practices) + len(catalogue.groups)
    assert f"  {PRACTICE.id}  {PRACTICE.title}" in lines


@pytest.mark.parametrize("practice", [each.id for each in load_catalogue().practices])
def test_practices_explains_each(avow: Avow, practice: str) -> None:
    """Every fact with the fields of its items, and every condition in words, on lines that fit."""
    found = load_catalogue().practice(practice)
    assert found is not None
    ended = avow("practices", practice.lower())
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{practice}  {found.title}\n")
    for name, fact in found.facts.items():
        assert f"    {name}:" in ended.out
        for field in fact.fields:
            assert f" {field}:" in ended.out
    for condition in (*found.implemented_when, *found.or_implemented_when):
        assert f"    {condition.fact} must " in ended.out
    assert ("An observation" in ended.out) is found.is_observation
    assert max(map(len, ended.out.splitlines())) <= 100


def test_practices_shows_how_to_write_it(avow: Avow) -> None:
    """As in avow.yaml: list items under a dash, and short forms."""
    shown = avow("practices", "VUL-01").out
    assert "      - kind: email | web | forgePrivateReport" in shown
    assert "        value: e-mail address or url" in shown
    assert "short for kind: email and value: X" in shown
    assert "contacts must be given and not empty" in shown


# attest


def test_attest_shows_who_signs_what(avow: Avow, project: Path, attest: list[str]) -> None:
    """People read standard error, a script gets the bundle's path."""
    ended = avow(*attest)
    assert (ended.code, ended.out) == (0, f"{BUNDLE}\n")
    assert ended.err.splitlines()[0].startswith(f"signing as  {PERSON}  (http://localhost:")
    assert "release     acmelib 2.4.1: 2 practices, 1 evidence file" in ended.err
    assert "publish this bundle and the directory evidence/ next to the release artefacts" in ended.err
    assert (project / BUNDLE).exists()


@pytest.mark.parametrize("rekor", ["1", "2"])
def test_attest_many_artefacts_without_evidence(
    avow: Avow, project: Path, attest: list[str], rekor: str
) -> None:
    """A long list is counted; without evidence, only the bundle is published; with either log."""
    text = declaration().replace("    evidence:\n      - file: SECURITY.md\n", "")
    (project / "avow.yaml").write_text(text, encoding="utf-8")
    for number in range(12):
        (project / "dist" / f"part-{number:02}.zip").write_bytes(b"%d" % number)
    ended = avow(*attest, "--rekor-version", rekor)
    assert ended.code == 0
    assert "            and 3 more\n" in ended.err
    assert ended.err.count("about ") == 10
    assert "publish this bundle next to the release artefacts" in ended.err
    entry = json.loads((project / BUNDLE).read_bytes())["verificationMaterial"]["tlogEntries"][0]
    assert entry["kindVersion"]["version"] == {"1": "0.0.1", "2": "0.0.2"}[rekor]


def test_attest_names_every_evidence_file_and_old_reviews(
    avow: Avow, project: Path, attest: list[str]
) -> None:
    """What becomes public for ever is listed in full; what some profiles no longer count is reported."""
    files = [f"docs/{number:02}.md" for number in range(15)]
    (project / "docs").mkdir(exist_ok=True)
    for number, name in enumerate(files):
        (project / name).write_text(f"{number}\n", encoding="utf-8")
    listed = "".join(f"      - file: {name}\n" for name in files)
    old = (datetime.now(UTC) - timedelta(days=731)).date().isoformat()
    text = declaration(reviewed=old).replace("      - file: SECURITY.md\n", listed)
    (project / "avow.yaml").write_text(text, encoding="utf-8")
    ended = avow(*attest)
    assert ended.code == 0, ended
    assert [f"publishes   {name}" in ended.err for name in files] == [True] * 15
    assert "note: reviewed more than 730 days ago" in ended.err
    (project / "avow.yaml").write_text(declaration(), encoding="utf-8")
    assert "reviewed more than" not in avow(*attest, "--overwrite").err


def test_attest_uses_public_good_by_default(
    avow: Avow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a trust configuration, the public instance is used."""
    from avow.errors import ServiceUnavailable  # noqa: PLC0415  beside what raises it

    def unreachable(*, rekor_version: int | None) -> None:
        raise ServiceUnavailable(f"no answer for Rekor {rekor_version}", hint="give --trust-config")

    monkeypatch.setattr("avow.signing.client.SigningService.public_good", unreachable)
    ended = avow("attest", ARTEFACT, "--release", "2.4.1", "--rekor-version", "2", "--identity-token", "x")
    assert ended.code == 5
    assert "no answer for Rekor 2" in ended.err
    assert not list(project.rglob("*.sigstore.json"))


# verify


def test_verify_into_a_file(avow: Avow, release: Path) -> None:
    """The result goes to the file, and one line reports the outcome."""
    for name in ("text", "json"):
        ended = avow(*VERIFY, "--format", name, "--output", f"reports/{name}")
        assert (ended.code, ended.out) == (0, "")
        assert ended.err == f"reports/{name}: exit 0: policy satisfied\n"
    assert (release / "reports/text").read_text(encoding="utf-8").endswith("exit 0: policy satisfied\n")
    assert json.loads((release / "reports/json").read_bytes())["exitCode"] == 0


def test_verify_as_json(avow: Avow, release: Path) -> None:  # noqa: ARG001  the working directory
    """One document on standard output with the documented members."""
    ended = avow(*VERIFY, "-f", "json")
    result = json.loads(ended.out)
    assert set(result) == {"schema", "run", "results", "exitCode", "reasons"}
    assert result["exitCode"] == ended.code == 0
    assert result["run"]["insecure"]


def test_verify_a_digest(avow: Avow, release: Path) -> None:
    """The artefact is not needed; its bundle must be named."""
    artefact = release / ARTEFACT
    import hashlib  # noqa: PLC0415  for this one line

    digest = hashlib.sha256(artefact.read_bytes()).hexdigest()
    artefact.unlink()
    ended = avow(
        "verify", f"sha256:{digest}", "--policy", "policy.yaml", "--insecure-sandbox", "--bundle", "dist"
    )
    assert ended.code == 0


def test_verify_reads_evidence_beside_the_bundle(avow: Avow, release: Path, sandbox: Sandbox) -> None:
    """And where `--evidence` says; without its bytes, evidence counts for nothing."""
    policy = write_policy(release, issuer=sandbox.url)
    policy.write_text(policy.read_text(encoding="utf-8") + "    evidence: E2\n", encoding="utf-8")
    assert avow(*VERIFY).code == 0
    (release / "dist" / "evidence").rename(release / "elsewhere")
    assert avow(*VERIFY).code == 1
    assert avow(*VERIFY, "--evidence", "elsewhere").code == 0


def test_verify_with_flags(avow: Avow, release: Path, sandbox: Sandbox) -> None:  # noqa: ARG001  the working directory
    """Root, identity and issuer: only the identity is verified, and the output says so."""
    flags = (
        "verify", ARTEFACT, "--trusted-root", "trusted_root.json", "--insecure-sandbox",
        "--certificate-identity", PERSON, "--certificate-oidc-issuer", sandbox.url,
    )  # fmt: skip
    judged = avow(*flags)
    assert judged.code == 1
    assert "profile orc-light" in judged.out
    known = avow(*flags, "--identity-only", "--purl", "pkg:pypi/acmelib@2.4.1")
    assert known.code == 0
    assert "identity verified" in known.out
    assert "satisfied" not in known.out


def test_verify_with_a_key(avow: Avow, tmp_path: Path) -> None:
    """A bundle without a certificate, and the key that signed it."""
    setting = Setting(tmp_path, virtual=VirtualSigstore(organisation="acme trust"))
    signer = setting.virtual.managed_key()
    (tmp_path / "key.pub").write_bytes(signer.verifier)
    (tmp_path / "artefact").write_bytes(b"whatever")
    bundle = setting.put(encoded(setting.virtual.message_bundle(b"x", signer=signer)))
    ended = avow(
        "verify", tmp_path / "artefact", "--bundle", bundle, "--trusted-root", tmp_path / "pinned.json",
        "--key", tmp_path / "key.pub",
    )  # fmt: skip
    assert ended.code == 3
    assert "key sha256:" in ended.out


def test_attest_without_a_release(avow: Avow, project: Path) -> None:  # noqa: ARG001  the working directory
    """Which version the artefacts are is never guessed: it would be signed, for ever."""
    refused = avow("attest", "dist/*", "--identity-token", "x")
    assert refused.code == 2
    assert "--release" in refused.err


def test_verify_without_policy_or_root(avow: Avow, release: Path) -> None:  # noqa: ARG001  the working directory
    """Nobody is trusted by default."""
    ended = avow("verify", ARTEFACT)
    assert (ended.code, ended.out) == (2, "")
    assert "--policy" in ended.err


# inspect


def test_inspect_keeps_claims_apart(avow: Avow, release: Path) -> None:  # noqa: ARG001  the working directory
    """Three headings: claimed, certificate, verified."""
    ended = avow("inspect", BUNDLE)
    assert (ended.code, ended.err) == (0, "")
    for heading in (
        "\nclaimed by whoever wrote it\n",
        "\nits certificate, unverified\n",
        "\nverified  nothing",
    ):
        assert heading in ended.out
    assert "    - TST-03  implemented  reviewed " in ended.out
    assert f"  san       {PERSON}\n" in ended.out
    verified = avow("inspect", BUNDLE, "--trusted-root", "trusted_root.json")
    assert "\nverified\n  against  trusted_root.json sha256:" in verified.out
    assert json.loads(avow("inspect", BUNDLE, "-f", "json").out)["bundle"] == BUNDLE


# trust


def test_trust_shows_the_built_in_root(avow: Avow) -> None:
    """The public instance's keys with their windows; `show` does the same."""
    ended = avow("trust")
    assert (ended.code, ended.err) == (0, "")
    assert embedded_root().sha256 in ended.out
    assert avow("trust", "show").out == ended.out
    assert "  tlog   20" in ended.out


def test_trust_pins_what_a_policy_takes(avow: Avow, release: Path, sandbox: Sandbox) -> None:
    """The printed lines can be pasted into a policy; the copy is what they pin."""
    ended = avow("trust", "pin", "trusted_root.json", "--output", "roots/copy.json")
    assert (ended.code, ended.err) == (0, "")
    assert "sandbox" in avow("trust", "show", "roots/copy.json").out
    policy = write_policy(release, issuer=sandbox.url)
    lines = policy.read_text(encoding="utf-8").splitlines(keepends=True)
    policy.write_text(
        "".join(
            line.replace("root: here", "root: sandbox") for line in lines if "{root:" not in line
        ).replace("trust:\n", ended.out),
        encoding="utf-8",
    )
    assert avow(*VERIFY).code == 0
    assert avow("trust", "pin", "trusted_root.json", "--output", "roots/copy.json").out == ended.out


@pytest.mark.usefixtures("release")
def test_trust_pins_the_built_in_root(avow: Avow) -> None:
    """It is written to a file first, under the name that policies use."""
    ended = avow("trust", "pin", "--output", "public.json")
    assert ended.out.splitlines()[1:3] == ["  public-good:", '    root: "public.json"']
    assert Path("public.json").read_bytes() == embedded_root().data


def test_trust_names_other_roots_neutrally(avow: Avow, tmp_path: Path) -> None:
    """Its author chose the file's name, so it is not used as a policy key."""
    (tmp_path / "a: b.json").write_bytes(VirtualSigstore(organisation="acme trust").root())
    assert avow("trust", "pin", tmp_path / "a: b.json").out.splitlines()[1] == "  root:"


# sandbox


def test_sandbox_shows_how_to_use_it(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The URL is on standard output; a directory with a space can be pasted; SIGTERM ends it normally."""

    def brief(directory: Path, *, port: int, announce: Callable[[str], None], stop: Termination) -> None:
        assert (directory, port) == (tmp_path / "a b", 1)
        announce("http://localhost:1")
        signal.raise_signal(signal.SIGTERM)
        assert stop.wait(0)

    monkeypatch.setattr("avow.sandbox.run_directory", brief)
    before = signal.getsignal(signal.SIGTERM)
    try:
        ended = avow("sandbox", "--directory", tmp_path / "a b", "--port", "1")
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.set_wakeup_fd(-1)
    assert (ended.code, ended.out) == (0, "http://localhost:1\n")
    assert f"--trust-config '{tmp_path}/a b'/client_trust_config.json" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--repo", ""),
        ("--purl", ""),
        ("--profile", ""),
        ("--profile", "orc-light", "--identity-only"),
        ("--evidence", "/dev/null"),
    ],
)
def test_verify_takes_no_flag_for_one_left_out(avow: Avow, release: Path, arguments: tuple[str, ...]) -> None:
    """An unset variable in a script is reported, not ignored."""
    root = ("--trusted-root", release / "trusted_root.json", "--insecure-sandbox")
    signer = (
        "--certificate-identity",
        "a@b.example",
        "--certificate-oidc-issuer",
        "https://accounts.example",
    )
    ended = avow("verify", ARTEFACT, *root, *signer, *arguments)
    assert ended.code == 2
    assert arguments[0].strip("-") in ended.err


@pytest.mark.parametrize("digest", [f"sha256:{'ab' * 32}", "sha256:abc", "md5:ab", "SHA256:ab", "sha256:"])
def test_a_file_never_stands_for_a_digest(avow: Avow, release: Path, digest: str) -> None:
    """Anybody who can write to the directory could put an artefact there that verifies."""
    rest = ("--policy", "policy.yaml", "--insecure-sandbox", "--bundle", "dist")
    (release / digest).write_bytes((release / ARTEFACT).read_bytes())
    assert avow("verify", f"./{digest}", *rest).code == 0
    assert avow("verify", digest, *rest).code in {2, 3}


@pytest.mark.parametrize("algorithm", ["sha256", "sha3_512"])
def test_verify_refuses_the_digest_of_nothing(avow: Avow, algorithm: str) -> None:
    """As it refuses an empty file."""
    ended = avow("verify", f"{algorithm}:{hashlib.new(algorithm, b'').hexdigest()}", "--bundle", ".")
    assert ended.code == 2
    assert "empty" in ended.err


def test_attest_with_a_clock_that_is_ahead(
    avow: Avow, project: Path, attest: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement takes the time of the token: dated later than its signature, nobody would accept it."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(minutes=3)

    monkeypatch.setattr(import_module("avow.cli.attest"), "datetime", Ahead)
    ended = avow(*attest)
    assert ended.code == 0
    assert "clock" in ended.err
    assert (project / BUNDLE).exists()
