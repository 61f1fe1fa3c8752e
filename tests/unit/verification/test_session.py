"""What one run enforces: roots and keys are loaded as pinned, and flags say as much as a policy does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from support.pipeline import COMPONENT, SUBJECT, Setting, signer_rule
from support.virtual_sigstore import GITHUB_ISSUER, VirtualSigstore

from avow.errors import InputInvalid
from avow.formats.purl import parse_purl
from avow.subject import Subject
from avow.verification.session import Session, SignerFlags, session_for_flags

WORKFLOW = SignerFlags(repo="acme/acmelib", signer_workflow=".github/workflows/release.yml")
IDENTITY = SignerFlags(
    certificate_identity="maintainer@example.org", certificate_oidc_issuer="https://accounts.example"
)


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A trusted root and a policy."""
    return Setting(tmp_path)


def by_flags(
    setting: Setting,
    flags: SignerFlags = IDENTITY,
    *,
    profile: str | None = None,
    identity_only: bool = False,
    accept_sandbox: bool = False,
) -> Session:
    """What the flags ask, with the setting's root."""
    return session_for_flags(
        setting.directory / "pinned.json",
        flags=flags,
        profile=profile,
        identity_only=identity_only,
        accept_sandbox=accept_sandbox,
    )


# ---- a policy --------------------------------------------------------------------------------------------


def test_a_policy_says_who_and_what(setting: Setting) -> None:
    """Rules speak for their component alone; an artefact without a component has no signer."""
    session = setting.session()
    (expected,) = session.signers_for(parse_purl(f"{COMPONENT}@2.4.1"))
    assert expected.root_sha256 == hashlib.sha256(setting.virtual.root()).hexdigest()
    assert session.signers_for(parse_purl("pkg:pypi/other")) == ()
    assert session.signers_for(None) == ()
    assert session.insecure == ()


def test_what_is_enforced_is_told(setting: Setting) -> None:
    """Each signer with its component, each root with its digest, and what is asked."""
    key = setting.key_rule(setting.virtual.managed_key())
    others = (signer_rule(component="pkg:pypi/other"), signer_rule(component="pkg:deb/debian/*"))
    setting.ask("profile: orc-light", signers=(signer_rule(), key, *others))
    asked = Subject(name="a", digests=SUBJECT.digests, purl=parse_purl(f"{COMPONENT}@2.4.1"))
    told = "\n".join(setting.session().enforced_for((asked,)))
    for word in (COMPONENT, "release.yml@refs/tags/*", "key.pub", "pinned sha256:", "profile orc-light"):
        assert word in told
    assert "other" not in told  # a policy may list thousands
    assert "debian" not in told
    nobody = Subject(name="a", digests=SUBJECT.digests, purl=parse_purl("pkg:pypi/nobody"))
    assert (
        setting.session().enforced_for((nobody,))[0] == "no signer rule: nobody may speak for the component"
    )
    assert "identity only" in setting.session(identity_only=True).enforced


def test_a_signer_file_is_read_from_the_policy_s_directory(setting: Setting) -> None:
    """Its rules speak as the policy's own do, and the record names what was read."""
    policy = setting.ask("profile: orc-light")
    own = setting.session()
    document = YAML(typ="safe").load(policy)
    content = json.dumps({"avow-signers": 1, "signers": document.pop("signers")}).encode()
    (setting.directory / "signers.json").write_bytes(content)
    policy.write_text(json.dumps(document | {"signerFiles": [{"path": "signers.json"}]}), encoding="utf-8")

    session = setting.session()

    component = parse_purl(f"{COMPONENT}@2.4.1")
    (expected,), (same,) = session.signers_for(component), own.signers_for(component)
    assert expected.model_copy(update={"place": ""}) == same.model_copy(update={"place": ""})
    digest = hashlib.sha256(content).hexdigest()
    assert f"signer rules of signers.json (1), sha256:{digest[:8]}…" in session.enforced


def test_identity_only_keeps_the_rows(setting: Setting) -> None:
    """Nobody else may speak because no practice is judged."""
    session = setting.session(identity_only=True)
    assert session.policy is None
    assert len(session.signers_for(parse_purl(COMPONENT))) == 1


def test_each_root_and_each_key_is_opened_once(setting: Setting) -> None:
    """One backend each; a root under two names is one root."""
    setting.trust("again", setting.virtual.root())
    setting.ask(signers=(signer_rule(), setting.key_rule(setting.virtual.managed_key())))
    assert len(setting.session().backends) == 2


def test_another_root_than_the_one_pinned(setting: Setting) -> None:
    """The file was replaced: nothing is enforced with it."""
    (setting.directory / "pinned.json").write_bytes(VirtualSigstore(organisation="other").root())
    with pytest.raises(InputInvalid, match="pinned"):
        setting.session()


@pytest.mark.parametrize("name", ["pinned.json", "key.pub"])
@pytest.mark.parametrize(
    "changed",
    [
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content + b"\n",
        lambda content: content.rstrip(b"\n"),
        lambda content: b"\xef\xbb\xbf" + content,
    ],
    ids=["CRLF", "a newline more", "a newline fewer", "a byte order mark"],
)
def test_another_line_ending_is_no_other_file(
    setting: Setting, name: str, changed: Callable[[bytes], bytes]
) -> None:
    """Git changes them on some machines; it is said, and restoring the bytes is all that is needed."""
    path = setting.directory / name
    setting.virtual.root()
    setting.trust("pinned", setting.virtual.root() + b"\n")
    setting.ask(signers=(setting.key_rule(setting.virtual.managed_key()),))
    content = path.read_bytes()
    path.write_bytes(changed(content))
    with pytest.raises(InputInvalid, match="byte order mark alone") as refusal:
        setting.session()
    assert "-text" in refusal.value.hint
    path.write_bytes(content)
    assert setting.session()


def test_another_key_than_the_one_pinned(setting: Setting) -> None:
    """Both digests are reported."""
    setting.ask(signers=(setting.key_rule(setting.virtual.managed_key(), sha256="ab" * 32),))
    with pytest.raises(InputInvalid, match="pinned") as refusal:
        setting.session()
    assert "ab" * 32 in refusal.value.message
    assert hashlib.sha256((setting.directory / "key.pub").read_bytes()).hexdigest() in refusal.value.message


@pytest.mark.parametrize("name", ["pinned.json", "policy.yaml"])
def test_a_file_that_is_not_there(setting: Setting, name: str) -> None:
    """A problem of the call, with its place."""
    (setting.directory / name).unlink()
    with pytest.raises(InputInvalid) as refusal:
        setting.session()
    assert name in refusal.value.location


def test_a_pinned_file_that_is_no_key(setting: Setting) -> None:
    """The digest is right, the content is none."""
    sha256 = hashlib.sha256(b"no key").hexdigest()
    line = setting.key_rule(setting.virtual.managed_key(), sha256=sha256)
    (setting.directory / "key.pub").write_bytes(b"no key")
    setting.ask(signers=(line,))
    with pytest.raises(InputInvalid, match="public key"):
        setting.session()


def test_evidence_signers_are_kept_apart(setting: Setting) -> None:
    """Who may vouch for evidence may not speak for a component by that."""
    vouching = signer_rule(
        relationship="assessor", identity="https://github.com/lab/scan/.github/workflows/s.yml@refs/tags/*"
    )
    vouching = vouching.replace(f'for: "{COMPONENT}", ', "").replace("acme/acmelib", "lab/scan")
    vouching = vouching.replace("}", ', predicateTypes: ["https://slsa.dev/provenance/v1"]}')
    setting.ask("require: [{practice: VUL-01, evidence: E4}]\nevidenceSigners:\n" + vouching)
    session = setting.session()
    assert len(session.evidence_signers) == 1
    assert session.evidence_signers[0] not in session.signers_for(parse_purl(COMPONENT))


# ---- sandboxes -------------------------------------------------------------------------------------------


def test_a_sandbox_is_accepted_by_the_flag_alone(tmp_path: Path) -> None:
    """By policy and by flags; every result then says so."""
    setting = Setting(tmp_path, virtual=VirtualSigstore())
    for enforce in (setting.session, lambda **options: by_flags(setting, **options)):
        with pytest.raises(InputInvalid) as refusal:
            enforce()
        assert "--insecure-sandbox" in refusal.value.hint
        (note,) = enforce(accept_sandbox=True).insecure
        assert note.startswith("sandbox:")


def test_the_flag_weakens_nothing_where_there_is_no_sandbox(setting: Setting) -> None:
    """Nothing is recorded that did not happen."""
    assert setting.session(accept_sandbox=True).insecure == ()
    assert by_flags(setting, accept_sandbox=True).insecure == ()


# ---- flags -----------------------------------------------------------------------------------------------


def test_flags_ask_a_shipped_profile(setting: Setting) -> None:
    """orc-light unless another is named; the one signer speaks for whatever the statement is about."""
    session = by_flags(setting)
    assert session.policy is not None
    assert session.policy.profile == "orc-light"
    assert session.signers_for(None) == session.signers_for(parse_purl(COMPONENT)) != ()
    assert by_flags(setting, identity_only=True).policy is None


def test_a_workflow_by_flags(setting: Setting) -> None:
    """GitHub's issuer and the source repository follow from --repo."""
    (expected,) = by_flags(
        setting, SignerFlags(repo="acme/acmelib", signer_workflow=".github/workflows/release.yml")
    ).signers_for(None)
    assert expected.issuer == GITHUB_ISSUER
    assert expected.source_repository == "https://github.com/acme/acmelib"


def test_a_key_by_flag(setting: Setting) -> None:
    """One backend, for the key; certificates are not looked at."""
    key = setting.directory / "laptop.pub"
    key.write_bytes(setting.virtual.managed_key().verifier)
    session = by_flags(setting, SignerFlags(key=key))
    (expected,) = session.signers_for(None)
    assert expected.key_sha256 is not None
    assert expected.key_sha256 in session.enforced[0]
    assert len(session.backends) == 1


@pytest.mark.parametrize(
    "flags",
    [
        SignerFlags(),
        SignerFlags(certificate_identity="maintainer@example.org"),
        SignerFlags(certificate_oidc_issuer="https://accounts.example"),
        SignerFlags(repo="acme/acmelib"),
        SignerFlags(signer_workflow=".github/workflows/release.yml"),
        SignerFlags(source_ref="refs/tags/v1"),
    ],
)
def test_flags_that_name_nobody(setting: Setting, flags: SignerFlags) -> None:
    """Half an identity is none."""
    with pytest.raises(InputInvalid) as refusal:
        by_flags(setting, flags)
    assert refusal.value.problems


@pytest.mark.parametrize("flag", ["certificate_identity", "certificate_oidc_issuer", "repo", "source_ref"])
def test_an_empty_flag_is_not_one_left_out(setting: Setting, flag: str) -> None:
    """An unset variable of a script, or of a program, must not widen who may sign."""
    for base in (IDENTITY, WORKFLOW):
        with pytest.raises(InputInvalid) as refusal:
            by_flags(setting, base.model_copy(update={flag: ""}))
        name = flag.replace("_", "-")
        assert f"--{name} is empty; give it a value, or omit the option" in [
            problem.message for problem in refusal.value.problems
        ]


@pytest.mark.parametrize("profile", ["none-such", "", "default-connected"])
def test_a_profile_that_can_not_be_asked_by_flags(setting: Setting, profile: str) -> None:
    """Unknown, or in need of the product's own support period."""
    with pytest.raises(InputInvalid) as refusal:
        by_flags(setting, profile=profile)
    assert refusal.value.hint


def test_a_root_that_is_none(setting: Setting) -> None:
    """Whatever the file contains."""
    (setting.directory / "pinned.json").write_bytes(b"{}")
    with pytest.raises(InputInvalid):
        by_flags(setting)


@pytest.mark.parametrize("profile", ["orc-light", "no-such-profile", ""])
def test_a_profile_is_never_dropped_for_identity_only(setting: Setting, profile: str) -> None:
    """Whoever asks for both would take "who signed" for "what was declared"; from Python as from a shell."""
    with pytest.raises(InputInvalid, match="exclude each other"):
        by_flags(setting, profile=profile, identity_only=True)


@pytest.mark.parametrize("issuer", ["https://accounts.google.com", f"{GITHUB_ISSUER}.evil"])
def test_an_issuer_beside_a_workflow_is_never_dropped(setting: Setting, issuer: str) -> None:
    """A workflow is GitHub's: another issuer contradicts it; an enterprise's own one takes part."""
    with pytest.raises(InputInvalid, match="whose issuer is"):
        by_flags(setting, WORKFLOW.model_copy(update={"certificate_oidc_issuer": issuer}))
    repeated = by_flags(setting, WORKFLOW.model_copy(update={"certificate_oidc_issuer": GITHUB_ISSUER}))
    assert repeated.flagged is not None
    assert repeated.flagged.issuer == GITHUB_ISSUER
    own = f"{GITHUB_ISSUER}/my-enterprise"
    enterprise = by_flags(setting, WORKFLOW.model_copy(update={"certificate_oidc_issuer": own}))
    assert enterprise.flagged is not None
    assert enterprise.flagged.issuer == own


def test_one_key_for_many_components_is_one_key(setting: Setting) -> None:
    """Each bundle is verified once with it, whatever the number of rules, and files, that name it."""
    signer = setting.virtual.managed_key()
    rules = [setting.key_rule(signer, **{"for": f"pkg:pypi/lib{number}"}) for number in range(20)]
    (setting.directory / "again.pub").write_bytes(signer.verifier + b"\n")
    sha256 = hashlib.sha256(signer.verifier + b"\n").hexdigest()
    again = setting.key_rule(signer, **{"for": "pkg:pypi/again", "keyFile": "again.pub", "sha256": sha256})
    setting.ask(signers=(*rules, again))
    session = setting.session()
    assert len(session.trust.keys) == 1
    for component in ("pkg:pypi/lib7", "pkg:pypi/again"):
        (expected,) = session.signers_for(parse_purl(component))
        assert expected.key_sha256 == session.keys[sha256]
