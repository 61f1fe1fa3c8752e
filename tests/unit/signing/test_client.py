"""Signing over HTTP with a real sandbox, and with services that hang, refuse or answer nonsense."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
import requests
from sigstore.models import ClientTrustConfig
from support.backends import open_backend
from support.silence import silent_service
from support.virtual_sigstore import NOW, statement

from avow.errors import AvowError, InputInvalid, ServiceUnavailable
from avow.identity import SignerIdentity
from avow.sandbox import Sandbox
from avow.signing import client as signing
from avow.signing import pipeline
from avow.signing.client import Credential, SigningService, ambient_credential, within
from avow.signing.pipeline import Prepared
from avow.transparency import open_backend as open_transparency
from avow.values import utc_text

PAYLOAD = statement({"anything": 1})
CI_VARIABLES = (
    "GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "GITLAB_CI",
    "SIGSTORE_ID_TOKEN", "BUILDKITE", "CIRCLECI", "GOOGLE_SERVICE_ACCOUNT_NAME",
)  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One running sandbox."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without CI tokens, wherever the tests run."""
    for name in CI_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def service(sandbox: Sandbox, *, rekor_version: Any = None, **changed: Any) -> SigningService:
    """The sandbox as a signing service; `changed` replaces members of its signing configuration."""
    config = json.loads(sandbox.client_trust_config(None))
    config["signingConfig"] |= changed
    return SigningService.from_trust_config(
        json.dumps(config).encode(), rekor_version=rekor_version, location="config.json"
    )


def unsigned_token(**claims: Any) -> str:
    """A token that nobody will verify: `Credential.of` reads claims, the CA checks signatures."""
    return jwt.encode(claims, "a key that is long enough for HMAC-SHA-256", "HS256")


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """The URL of a loopback service that gives the same answer to every request."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing in the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def at(url: str, *, version: int = 1) -> list[dict[str, Any]]:
    """A list of one service, as in a signing configuration."""
    start = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [{"url": url, "majorApiVersion": version, "operator": "test", "validFor": {"start": start}}]


# ---- signing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rekor_version", "entry"), [(1, "dsse"), (2, "hashedrekord"), (None, "hashedrekord")]
)
def test_a_signed_bundle_verifies(sandbox: Sandbox, rekor_version: int | None, entry: str) -> None:
    """With a token and either log; without a version, the configuration selects the newest one."""
    signer = service(sandbox, rekor_version=rekor_version)
    credential = Credential.of(sandbox.token("maintainer@example.org"))
    bundle = signer.sign(PAYLOAD, credential=credential)
    kind = json.loads(bundle)["verificationMaterial"]["tlogEntries"][0]["kindVersion"]["kind"]
    assert kind == entry
    backend = open_backend(signer.trusted_root, now=datetime.now(UTC))
    envelope = backend.verify(bundle, location="new")
    assert envelope.payload == PAYLOAD
    assert isinstance(envelope.signer, SignerIdentity)
    assert (envelope.signer.san, envelope.signer.issuer) == (credential.identity, credential.issuer)


def test_the_trusted_root_is_the_instances_own(sandbox: Sandbox) -> None:
    """It comes from a private part of sigstore-python; this test fails if that part moves."""
    assert set(json.loads(service(sandbox).trusted_root)) == set(sandbox.trusted_root())
    assert json.loads(service(sandbox).trusted_root)["tlogs"] == sandbox.trusted_root()["tlogs"]


def test_whether_timestamps_are_wanted(sandbox: Sandbox) -> None:
    """The signing configuration decides."""
    assert service(sandbox).wants_timestamps
    assert not service(sandbox, tsaUrls=[]).wants_timestamps


def test_a_service_that_hangs_is_given_up_on(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that accepts and never answers; upstream would wait for ever."""
    monkeypatch.setattr(signing, "SIGNING_LIMIT_S", 0.3)
    credential = Credential.of(sandbox.token("maintainer@example.org"))
    for member, version in (("caUrls", 1), ("rekorTlogUrls", 1), ("rekorTlogUrls", 2)):
        with silent_service() as url:
            started = time.monotonic()
            with pytest.raises(ServiceUnavailable, match="more than"):
                service(sandbox, **{member: at(url, version=version)}).sign(PAYLOAD, credential=credential)
            assert time.monotonic() - started < 5


@pytest.mark.parametrize("member", ["caUrls", "rekorTlogUrls"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"garbage"),
        (200, b"{}"),
        (200, b"[]"),
        (200, b"null"),
        (201, b'{"signedCertificateEmbeddedSct": {"chain": {"certificates": ["x", "y"]}}}'),
        (201, b'{"signedCertificateEmbeddedSct": 1}'),
        (201, b'{"a": {"body": 1}}'),
        (400, b'{"code": 3, "message": "no such issuer"}'),
        (400, b"[]"),
        (500, b""),
        (503, b"\xff"),
    ],
)
def test_a_service_that_talks_nonsense(sandbox: Sandbox, member: str, status: int, body: bytes) -> None:
    """For any answer, the error is ours; a CA that says no does so to the token, and no log has an entry."""
    credential = Credential.of(sandbox.token("maintainer@example.org"))
    refused = member == "caUrls" and status == 400
    with answering(status, body) as url, pytest.raises(AvowError) as refusal:
        service(sandbox, **{member: at(url)}).sign(PAYLOAD, credential=credential)
    assert refusal.value.exit_code == (2 if refused else 5)
    assert refusal.value.hint
    assert ("nothing is in the log" in refusal.value.hint) >= refused
    if member == "rekorTlogUrls":
        assert "may already contain an entry" in refusal.value.hint


def test_a_service_that_is_gone(sandbox: Sandbox) -> None:
    """Connection refused."""
    with silent_service() as url:
        pass
    credential = Credential.of(sandbox.token("maintainer@example.org"))
    with pytest.raises(ServiceUnavailable) as refusal:
        service(sandbox, caUrls=at(url)).sign(PAYLOAD, credential=credential)
    assert refusal.value.hint == "nothing is in the log; try again later"
    with pytest.raises(ServiceUnavailable) as refusal:
        service(sandbox, rekorTlogUrls=at(url)).sign(PAYLOAD, credential=credential)
    assert "may already contain an entry" in refusal.value.hint


def test_a_token_that_the_authority_does_not_accept(sandbox: Sandbox) -> None:
    """A well-formed token signed by somebody else: the CA refuses it, and the error gives its reason."""
    with Sandbox() as other:
        foreign = Credential.of(other.token("maintainer@example.org"))
    with pytest.raises(InputInvalid, match="Signature verification failed") as refusal:
        service(sandbox).sign(PAYLOAD, credential=foreign)
    assert refusal.value.hint.startswith("nothing is in the log")


def test_blanks_around_a_token(sandbox: Sandbox) -> None:
    """As a file or a shell leaves them."""
    token = sandbox.token("maintainer@example.org")
    assert Credential.of(f" {token}\n").token == token


@pytest.mark.parametrize("claims", [{"exp": 1}, {"aud": "another"}, {"nbf": 4102444800}])
def test_a_token_that_can_not_sign(sandbox: Sandbox, claims: dict[str, Any]) -> None:
    """Expired, not yet valid, or for another audience: an input error before any request is sent."""
    with pytest.raises(InputInvalid) as refusal:
        service(sandbox).sign(
            PAYLOAD, credential=Credential.of(sandbox.token("maintainer@example.org", **claims))
        )
    assert refusal.value.hint


def test_other_bytes_than_a_statement_are_not_signed(sandbox: Sandbox) -> None:
    """The error comes before a certificate is requested."""
    with pytest.raises(InputInvalid):
        service(sandbox).sign(b"[]", credential=Credential.of(sandbox.token("a@example.org")))


# ---- trust configurations --------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [b"", b"[]", b"{}", b"\xff", b"null", b'{"mediaType": "other"}'])
def test_an_invalid_trust_configuration(config: bytes) -> None:
    """An input error that names the file."""
    with pytest.raises(InputInvalid) as refusal:
        SigningService.from_trust_config(config, rekor_version=None, location="config.json")
    assert refusal.value.location == "config.json"


@pytest.mark.parametrize("changed", [{"rekorTlogUrls": []}, {"caUrls": []}])
def test_a_configuration_that_lacks_a_service(sandbox: Sandbox, changed: dict[str, Any]) -> None:
    """There is no CA, or no log."""
    with pytest.raises(InputInvalid):
        service(sandbox, **changed)


def test_a_log_version_that_is_not_offered(sandbox: Sandbox) -> None:
    """The configuration offers only v2, and v1 is required."""
    config = sandbox.client_trust_config(2).encode()
    with pytest.raises(InputInvalid):
        SigningService.from_trust_config(config, rekor_version=1, location="config.json")


def test_the_public_good_instance_may_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its TUF repository does not answer or does not verify: try again, or name an instance."""

    def unreachable() -> ClientTrustConfig:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(ClientTrustConfig, "production", unreachable)
    with pytest.raises(ServiceUnavailable, match="no route") as refusal:
        SigningService.public_good(rekor_version=None)
    assert "--trust-config" in refusal.value.hint


def test_the_public_good_instance_is_a_configuration_like_any(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once fetched, it is used like a file."""
    config = ClientTrustConfig.from_json(sandbox.client_trust_config(None))
    monkeypatch.setattr(ClientTrustConfig, "production", lambda: config)
    bundle = SigningService.public_good(rekor_version=1).sign(
        PAYLOAD, credential=Credential.of(sandbox.token("a@example.org"))
    )
    assert b'"dsse"' in bundle


# ---- credentials -----------------------------------------------------------------------------------------


def test_a_person_by_address() -> None:
    """The address becomes public; the issuer's subject number does not."""
    credential = Credential.of(unsigned_token(iss="https://accounts.example", sub="17", email="a@b.example"))
    assert (credential.identity, credential.issuer) == ("a@b.example", "https://accounts.example")
    assert (credential.source_repository, credential.source_commit) == (None, None)


def test_a_federated_sign_in_names_the_upstream_provider() -> None:
    """Public-good certificates name the provider where people signed in."""
    token = unsigned_token(
        iss="https://oauth2.sigstore.dev/auth",
        sub="17",
        email="a@b.example",
        federated_claims={"connector_id": "https://github.com/login/oauth", "user_id": "17"},
    )
    assert Credential.of(token).issuer == "https://github.com/login/oauth"


def test_a_github_job(sandbox: Sandbox) -> None:
    """Workflow, repository and commit, as in the certificate."""
    credential = Credential.of(sandbox.github_token(sha="5e" * 20, ref="refs/tags/v1"))
    assert credential.identity == (
        "https://github.com/acme/acmelib/.github/workflows/release.yml@refs/tags/v1"
    )
    assert credential.source_repository == "https://github.com/acme/acmelib"
    assert credential.source_commit == "5e" * 20


def test_a_job_of_an_enterprise_server() -> None:
    """Its issuer contains its address."""
    credential = Credential.of(
        unsigned_token(
            iss="https://git.acme.example/_services/token",
            sub="repo:a/b",
            job_workflow_ref="a/b/.github/workflows/r.yml@refs/tags/v1",
            repository="a/b",
            sha="5e" * 20,
        )
    )
    assert credential.source_repository == "https://git.acme.example/a/b"
    assert credential.identity.startswith("https://git.acme.example/a/b/")


def test_a_gitlab_job() -> None:
    """GitLab has the same facts in other claims."""
    credential = Credential.of(
        unsigned_token(
            iss="https://gitlab.com",
            sub="project_path:acme/tools/lib:ref_type:tag:ref:v1",
            project_path="acme/tools/lib",
            ci_config_ref_uri="gitlab.com/acme/tools/lib//.gitlab-ci.yml@refs/tags/v1",
            sha="5e" * 20,
        )
    )
    assert credential.identity == "https://gitlab.com/acme/tools/lib//.gitlab-ci.yml@refs/tags/v1"
    assert credential.source_repository == "https://gitlab.com/acme/tools/lib"
    assert credential.source_commit == "5e" * 20


@pytest.mark.parametrize(
    "token",
    [
        "",
        "garbage",
        "a.b.c",
        unsigned_token(),
        unsigned_token(iss="https://issuer.example"),
        unsigned_token(sub="somebody"),
        unsigned_token(iss="https://issuer.example", sub="17", email={"a": 1}),
        jwt.encode({"iss": "x", "sub": "y"}, "a key that is long enough for HMAC-SHA-256", "HS256")[:-5]
        + "é",
    ],
)
def test_an_invalid_identity_token(token: str) -> None:
    """An input error, never a crash."""
    with pytest.raises(InputInvalid):
        Credential.of(token)


@pytest.mark.usefixtures("outside_ci")
def test_outside_ci_there_is_no_ambient_token() -> None:
    """The browser is used instead."""
    assert ambient_credential() is None


@pytest.mark.usefixtures("outside_ci")
def test_the_token_of_a_github_job(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """From GitHub's variables and a request over HTTP."""
    for name, value in sandbox.github_environment(repository="acme/other").items():
        monkeypatch.setenv(name, value)
    token = ambient_credential()
    assert token is not None
    assert Credential.of(token).source_repository == "https://github.com/acme/other"


@pytest.mark.usefixtures("outside_ci")
@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_ACTIONS": "true"},
        {"GITLAB_CI": "true"},
    ],
)
def test_a_job_without_permission(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment offers a token but gives none: the browser is never used instead."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ServiceUnavailable) as refusal:
        ambient_credential()
    assert "id-token: write" in refusal.value.hint


@pytest.mark.usefixtures("outside_ci")
@pytest.mark.parametrize(("status", "body"), [(403, b"\xff"), (404, b""), (200, b"[]"), (200, b"garbage")])
def test_a_job_whose_service_talks_nonsense(
    status: int, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any nonsense gives our error."""
    with answering(status, body) as url:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", url)
        with pytest.raises(ServiceUnavailable) as refusal:
            ambient_credential()
    assert "try again" in refusal.value.hint


@pytest.mark.usefixtures("outside_ci")
def test_a_job_whose_service_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole request has a time limit."""
    monkeypatch.setattr(signing, "AMBIENT_LIMIT_S", 0.2)
    with silent_service() as url:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", url)
        with pytest.raises(ServiceUnavailable, match="more than"):
            ambient_credential()


def test_a_person_signs_in(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser goes to the provider and back, and the token can sign."""

    def browse(url: str) -> bool:
        threading.Thread(target=requests.get, args=(url,), kwargs={"timeout": 5}, daemon=True).start()
        return True

    monkeypatch.setattr("webbrowser.open", browse)
    credential = Credential.of(service(sandbox).browser_credential())
    assert credential.identity == "maintainer@example.org"
    assert credential.issuer == sandbox.url


@pytest.mark.parametrize(("status", "body"), [(500, b""), (200, b"garbage"), (200, b"[]")])
def test_a_provider_that_talks_nonsense(sandbox: Sandbox, status: int, body: bytes) -> None:
    """Nobody can sign in there."""
    with answering(status, body) as url, pytest.raises(ServiceUnavailable):
        service(sandbox, oidcUrls=at(url)).browser_credential()


def test_nobody_at_the_terminal(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a browser a code is read from the terminal; at the end of input there is none."""
    monkeypatch.setattr("webbrowser.open", lambda _: False)

    def ended(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", ended)
    with pytest.raises(ServiceUnavailable):
        service(sandbox).browser_credential()


def test_nobody_signs_in(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person has a few minutes."""
    monkeypatch.setattr(signing, "BROWSER_LIMIT_S", 0.2)
    monkeypatch.setattr("webbrowser.open", lambda _: True)
    with pytest.raises(ServiceUnavailable, match="sign-in"):
        service(sandbox).browser_credential()


def test_no_provider_is_named(sandbox: Sandbox) -> None:
    """A configuration for machines only."""
    with pytest.raises(ServiceUnavailable):
        service(sandbox, oidcUrls=[]).browser_credential()


# ---- time limits -----------------------------------------------------------------------------------------


def test_within_passes_on_results_and_exceptions() -> None:
    """The result, or the exception that was raised."""
    assert within(lambda: 7, limit_s=5, doing="counting") == 7

    def failing() -> None:
        raise KeyError("as it is")

    with pytest.raises(KeyError, match="as it is"):
        within(failing, limit_s=5, doing="failing")


@pytest.mark.parametrize("wait", [threading.Event().wait, lambda: time.sleep(60)])
def test_within_gives_up(wait: Callable[[], object]) -> None:
    """When the time is up, even if the action continues."""
    with pytest.raises(ServiceUnavailable, match="waiting took more than"):
        within(wait, limit_s=0.05, doing="waiting")


@pytest.mark.parametrize(
    "issued", [NOW - timedelta(minutes=3), NOW + timedelta(minutes=3), None, "soon", 1e300]
)
def test_a_statement_is_not_later_than_its_token(issued: Any) -> None:
    """A clock that is ahead would date it after its signature, and the log would have it for ever."""
    claims: dict[str, Any] = {"iss": "https://accounts.example", "sub": "a@b.example"}
    if issued is not None:
        claims["iat"] = int(issued.timestamp()) if isinstance(issued, datetime) else issued
    token = jwt.encode(claims, "a key that is long enough for HMAC-SHA-256", "HS256")
    moment = Credential.of(token).not_later_than(NOW)
    assert moment == (min(issued, NOW) if isinstance(issued, datetime) else NOW)


@pytest.mark.parametrize(
    ("claims", "reason", "step"),
    [
        ({"iat": 0, "exp": 300}, "", ""),
        ({"iat": 5}, "", ""),
        ({}, "", ""),
        ({"iat": 6}, "was made 6 seconds in the future", "set this machine's clock, and run it again"),
        ({"iat": 7200}, "was made 7200 seconds in the future", "set this machine's clock"),
        ({"iat": -400, "exp": 0}, f"expired at {utc_text(NOW)}", "get a fresh token"),
        ({"iat": -90_400, "exp": -90_000}, "expired at 2026-11-19T11:00:00Z", "or set the clock"),
    ],
)
def test_a_token_is_current_before_anything_is_sent(claims: dict[str, int], reason: str, step: str) -> None:
    """What the services would answer to a wrong clock names another cause."""
    moments = {name: int(NOW.timestamp()) + seconds for name, seconds in claims.items()}
    credential = Credential.of(unsigned_token(iss="https://id.example", sub="a", **moments))
    if not reason:
        credential.require_current(NOW)
        return
    with pytest.raises(InputInvalid, match=reason) as refused:
        credential.require_current(NOW)
    assert f"by this machine's clock, which says {utc_text(NOW)}" in refused.value.message
    assert step in refused.value.hint


def test_nothing_is_sent_with_a_token_that_is_not_current(sandbox: Sandbox) -> None:
    """The CA never sees it."""
    sent: list[bytes] = []

    class Service(SigningService):
        def sign(self, payload: bytes, *, credential: Credential) -> bytes:
            sent.append(payload)
            return super().sign(payload, credential=credential)

    credential = Credential.of(unsigned_token(iss="https://id.example", sub="a", exp=int(NOW.timestamp())))
    trusted = Service.from_trust_config(sandbox.client_trust_config(None).encode())
    prepared = Prepared(payload=PAYLOAD, bundle_name="a", subjects=(), evidence=())
    with pytest.raises(InputInvalid, match="expired"):
        pipeline.sign(
            prepared,
            service=trusted,
            credential=credential,
            backend=open_transparency(trusted.trusted_root),
            now=NOW,
        )
    assert sent == []
