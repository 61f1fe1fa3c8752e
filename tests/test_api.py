"""The public API: few names, lazy, and every example of docs/api.md runs against a sandbox."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sigstore.models import ClientTrustConfig
from support.pipeline import COMPONENT, SHA256, Setting, declared_today

import avow
from avow.sandbox import Sandbox, write_files

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

WHY = "because: x, measure: m, owner: o, ticket: t"

DECLARATION = """\
avow: "0.1"
project: {name: acmelib, url: "https://acme.example", purl: "pkg:pypi/acmelib"}
declarant: {relationship: maintainer}
practices:
  VUL-01:
    status: implemented
    reviewedAt: "2026-11-10"
    privateReporting: true
    contacts: [{kind: web, value: "https://acme.example/report"}]
"""


def run(code: str, **names: Any) -> dict[str, Any]:
    """What `code` leaves behind."""
    exec(compile(code, "docs/api.md", "exec"), names)  # noqa: S102  the documentation's own examples
    return names


# ---- the surface -----------------------------------------------------------------------------------------


def test_every_name_is_there_and_documented() -> None:
    """`__all__`, `dir` and the page agree, and each thing says what it is."""
    for name in avow.__all__:
        assert getattr(avow, name).__doc__
        assert name in dir(avow)
        assert f"`{name}`" in PAGE
    assert len(avow.__all__) <= 13


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="verify_everything"):
        _ = avow.verify_everything


@pytest.mark.parametrize(
    ("code", "unloaded"),
    [
        ("import avow", {"avow.api", "pydantic", "cryptography", "click", "sigstore"}),
        ("from avow import Verifier", {"click", "sigstore", "requests"}),
        ("from avow import load_declaration; load_declaration", {"click", "sigstore", "requests"}),
    ],
)
def test_importing_loads_only_what_is_used(code: str, unloaded: set[str]) -> None:
    """A program that imports us pays for what it uses."""
    script = f"{code}\nimport sys\nprint(sorted({unloaded!r} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_user_examples_import_no_test_support() -> None:
    """What a user copies from examples/ runs without our tests."""
    for path in (ROOT / "examples").rglob("*.py"):
        assert "support" not in path.read_text(encoding="utf-8")


# ---- verify ----------------------------------------------------------------------------------------------


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    """A policy, and a release with its bundle in `dist`, around the current directory."""
    setting = Setting(tmp_path)
    monkeypatch.chdir(tmp_path)
    setting.store.rename(tmp_path / "dist")
    setting.store = tmp_path / "dist"
    setting.sign(declared_today(), at=datetime.now(UTC))
    (tmp_path / "dist" / "acmelib-2.4.1.tar.gz").write_bytes(b"acmelib 2.4.1, the source archive")
    (tmp_path / "trusted_root.json").write_bytes(setting.virtual.root())
    return setting


def test_verify_in_five_lines(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    """The first example as it is in the page, and the loop after it."""
    assert len([line for line in EXAMPLES[0].splitlines() if line]) <= 5
    names = run(EXAMPLES[0])
    assert capsys.readouterr().out == "True ('satisfied',)\n"
    run(EXAMPLES[1], **names)
    assert capsys.readouterr().out.startswith(f"{Path('dist/acmelib-2.4.1.tar.gz')} clear\n  VUL-01 met ")
    assert setting.policy.exists()


def test_a_signer_that_the_program_names(setting: Setting) -> None:
    """As the flags of `avow verify`: the same words, the same checks."""
    verifier = run(EXAMPLES[2], Verifier=avow.Verifier)["verifier"]
    report = verifier.verify(avow.subject_of(f"sha256:{SHA256}"), bundles=[setting.store])
    assert report.exit_code == 1
    (decision,) = report
    assert isinstance(decision, avow.Decision)
    assert decision.verdict is avow.Verdict.ACTION_NEEDED
    assert avow.Outcome.MET in {finding.outcome for finding in decision.findings}


def test_a_batch_is_streamed(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    """Two subjects, one of which nobody has signed for."""
    verifier = avow.Verifier.from_policy(setting.policy)
    subjects = [avow.subject_of(f"sha256:{digest}") for digest in (SHA256, "cd" * 32)]
    run(EXAMPLES[3], verifier=verifier, subjects=subjects)
    assert capsys.readouterr().out == f"1 ['sha256:{'cd' * 32}']\n"


def test_what_is_wrong_is_an_error_with_a_code(setting: Setting) -> None:
    """A purl that is not canonical, a root that is not there, a sandbox that nobody allowed."""
    with pytest.raises(avow.AvowError) as refusal:
        avow.subject_of(f"sha256:{SHA256}", purl=COMPONENT.upper())
    assert refusal.value.code == "input-invalid"
    with pytest.raises(avow.AvowError):
        avow.Verifier.from_identity("nowhere.json", repo="acme/acmelib")
    setting.policy.unlink()
    with pytest.raises(avow.AvowError):
        avow.Verifier.from_policy(setting.policy)


def test_one_path_stands_for_a_list_of_one(setting: Setting) -> None:
    """A text is a path, not a list of its letters; the same for a subject."""
    verifier = avow.Verifier.from_policy(setting.policy)
    subject = avow.subject_of(f"sha256:{SHA256}")
    for bundles in ("dist", Path("dist"), ["dist"]):
        assert verifier.verify(subject, bundles=bundles, evidence="evidence").is_satisfied
    alone: Any = subject
    assert verifier.stream(alone, bundles="dist").collected().is_satisfied


def test_a_directory_of_evidence_that_is_not_there(setting: Setting) -> None:
    """As for the command: without it the evidence would silently count for nothing."""
    with pytest.raises(avow.AvowError, match="nowhere"):
        avow.Verifier.from_policy(setting.policy).verify(
            avow.subject_of(f"sha256:{SHA256}"), bundles="dist", evidence="nowhere"
        )


@pytest.mark.parametrize("workers", [0, -1])
def test_nobody_works(setting: Setting, workers: int) -> None:
    """At least one process verifies."""
    with pytest.raises(avow.AvowError, match="workers"):
        avow.Verifier.from_policy(setting.policy).stream((), bundles="dist", workers=workers)


def test_a_moment_is_the_same_in_every_time_zone(setting: Setting) -> None:
    """An accepted gap ends by the calendar of UTC; where the clock of the program stands does not matter."""
    today = datetime.now(UTC)
    tomorrow = (today + timedelta(days=1)).replace(hour=5)
    gap = f'for: "{COMPONENT}", versions: "vers:pypi/>=1.0|<3", until: "{today.date()}"'
    setting.ask("require: [{practice: VUL-02}]", f"acceptedGaps: [{{practice: VUL-02, {gap}, {WHY}}}]")
    verifier = avow.Verifier.from_policy(setting.policy)
    subject = avow.subject_of(f"sha256:{SHA256}", purl=f"{COMPONENT}@2.4.1")
    for zone in (UTC, timezone(timedelta(hours=-8))):
        report = verifier.verify(subject, bundles="dist", now=tomorrow.astimezone(zone))
        assert not report.is_satisfied
        assert report.run.evaluated_at.utcoffset() == timedelta(0)
    assert verifier.verify(subject, bundles="dist", now=today).is_satisfied


def test_a_time_without_a_time_zone(setting: Setting) -> None:
    """It may mean any of 25 hours; with one it is taken, as the hint says."""
    naive = datetime.now(UTC).replace(tzinfo=None)
    (setting.directory / "avow.yaml").write_text(DECLARATION, encoding="utf-8")
    verifier, subject = avow.Verifier.from_policy(setting.policy), avow.subject_of(f"sha256:{SHA256}")
    for ask in (
        lambda now: avow.Verifier.from_policy(setting.policy, now=now),
        lambda now: verifier.verify(subject, bundles="dist", now=now),
        lambda now: avow.load_declaration("avow.yaml", now=now),
    ):
        with pytest.raises(avow.AvowError, match="without a time zone") as refusal:
            ask(naive)
        assert "tzinfo=UTC" in refusal.value.hint
        ask(naive.replace(tzinfo=UTC))


# ---- sign ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A running Sigstore."""
    with Sandbox() as running:
        write_files(running, tmp_path_factory.mktemp("sandbox"))
        yield running


def test_sign_in_five_lines(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example of the page, with the sandbox in the place of the public instance; then verified."""
    code = EXAMPLES[4]
    assert len([line for line in code.splitlines() if line]) <= 5
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "acmelib-2.4.1.tar.gz").write_bytes(b"the release")
    (tmp_path / "avow.yaml").write_text(DECLARATION, encoding="utf-8")
    write_files(sandbox, tmp_path / "sandbox")
    config = (tmp_path / "sandbox" / "client_trust_config.json").read_bytes()
    service = avow.SigningService.from_trust_config(config)
    ours = ClientTrustConfig.from_json(config.decode())
    monkeypatch.setattr("avow.signing.client.ClientTrustConfig.production", lambda: ours)
    monkeypatch.setattr(
        "avow.signing.client.ambient_credential", lambda: sandbox.token("maintainer@example.org")
    )
    run(code)
    bundle = Path(capsys.readouterr().out.strip())
    assert bundle.parent == Path("dist")
    verifier = avow.Verifier.from_identity(
        tmp_path / "sandbox" / "trusted_root.json",
        certificate_identity="maintainer@example.org",
        certificate_oidc_issuer=sandbox.url,
        identity_only=True,
        accept_sandbox=True,
    )
    report = verifier.verify(avow.subject_of("dist/acmelib-2.4.1.tar.gz"), bundles=[bundle])
    assert report.reasons == ("verified",)
    with pytest.raises(avow.AvowError, match="already"):
        avow.sign("avow.yaml", ["dist/*.gz"], release="2.4.1", service=service, output_directory="dist")

    run(EXAMPLES[5])
    withdrawal = Path(capsys.readouterr().out.strip())
    assert withdrawal == Path("dist/acmelib-2.4.1.withdrawal.sigstore.json")
    (decision,) = verifier.verify(avow.subject_of("dist/acmelib-2.4.1.tar.gz"), bundles="dist")
    assert decision.verdict is avow.Verdict.BLOCKED
    assert [each.attestation and each.attestation.location for each in decision.withdrawn] == [str(bundle)]
    with pytest.raises(avow.AvowError, match="already"):
        avow.withdraw(bundle, reason="other", service=service)
    with pytest.raises(avow.AvowError, match="read"):
        avow.withdraw(bundle, reason="other", service=service, output=bundle, overwrite=True)
    with pytest.raises(avow.AvowError, match="it is the statement"):
        avow.withdraw(bundle, reason="other", service=service, superseded_by=bundle)
    with pytest.raises(avow.AvowError, match="not a reason"):
        avow.withdraw(bundle, reason="why not", service=service)


def test_sign_with_a_clock_that_is_ahead(sandbox: Sandbox, tmp_path: Path) -> None:
    """The statement is not dated later than its signature."""
    (tmp_path / "acmelib.tar.gz").write_bytes(b"the release")
    (tmp_path / "avow.yaml").write_text(DECLARATION, encoding="utf-8")
    write_files(sandbox, tmp_path / "sandbox")
    config = (tmp_path / "sandbox" / "client_trust_config.json").read_bytes()
    assert avow.sign(
        tmp_path / "avow.yaml",
        tmp_path / "acmelib.tar.gz",
        release="2.4.1",
        service=avow.SigningService.from_trust_config(config),
        output_directory=tmp_path / "out",
        identity_token=sandbox.token("maintainer@example.org"),
        now=datetime.now(UTC) + timedelta(minutes=3),
    ).exists()


def test_nobody_signs_without_an_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No token, no CI job: refused before anything is sent, with the step."""
    (tmp_path / "avow.yaml").write_text(DECLARATION, encoding="utf-8")
    monkeypatch.setattr("avow.signing.client.ambient_credential", lambda: None)
    service: Any = object()
    with pytest.raises(avow.AvowError) as refusal:
        avow.sign(tmp_path / "avow.yaml", [], release="1.0", service=service)
    assert "identity_token" in refusal.value.hint


# ---- declarations ----------------------------------------------------------------------------------------


def test_read_a_declaration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is well-formed, and one that is not."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "avow.yaml").write_text(DECLARATION, encoding="utf-8")
    run(EXAMPLES[6])
    assert "VUL-01" in capsys.readouterr().out
    (tmp_path / "avow.yaml").write_text("avow: 1\n", encoding="utf-8")
    run(EXAMPLES[6])
    assert capsys.readouterr().out.startswith("input-invalid ")


def test_a_traceback_shows_every_problem(tmp_path: Path) -> None:
    """Whoever does not catch the error still sees what is wrong where."""
    path = tmp_path / "avow.yaml"
    path.write_text("avow: 1\nproject: {}\n", encoding="utf-8")
    with pytest.raises(avow.AvowError) as refusal:
        avow.load_declaration(path)
    shown = "".join(traceback.format_exception_only(refusal.value))
    assert f"{path}:1:7: " in shown
    assert f"{path}:2:" in shown
    assert f"next: fix all errors, then run avow check {path}" in shown
