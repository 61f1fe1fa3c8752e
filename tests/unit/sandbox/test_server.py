"""A real client signs over HTTP; the server is fast, bounded, on loopback only, and gone when closed."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import socketserver
import threading
import time
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Literal

import pytest
import requests
from rfc3161_client import TimestampRequestBuilder
from sigstore.dsse import Statement
from sigstore.models import Bundle, ClientTrustConfig
from sigstore.oidc import IdentityToken, Issuer, detect_credential
from sigstore.sign import SigningContext
from sigstore.verify import Verifier
from sigstore.verify.policy import AllOf, Identity, OIDCSourceRepositoryURI
from support.virtual_sigstore import statement

from avow.errors import InputInvalid, ServiceUnavailable
from avow.sandbox import Sandbox
from avow.statement.types import PAYLOAD_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigstore.verify.policy import VerificationPolicy

PERSON: Final = "maintainer@example.org"
WORKFLOW: Final = "https://github.com/acme/acmelib/.github/workflows/release.yml@refs/tags/v1.0"
ARTIFACT: Final = b"a release archive\n"
STATEMENT: Final = statement(sha256_hex=hashlib.sha256(ARTIFACT).hexdigest())
SECONDS: Final = 5

Shape = tuple[Literal[1, 2], bool]
SHAPES: Final[dict[str, Shape]] = {
    "rekor v1": (1, False),
    "rekor v1 with timestamp": (1, True),
    "rekor v2": (2, True),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One running sandbox."""
    with Sandbox() as running:
        yield running


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> Shape:
    """Rekor's version, and whether there is a timestamp."""
    return SHAPES[request.param]


def trust_config(sandbox: Sandbox, shape: Shape) -> ClientTrustConfig:
    """A client's configuration."""
    rekor, tsa = shape
    return ClientTrustConfig.from_json(sandbox.client_trust_config(rekor, tsa=tsa))


def verified(bundle: Bundle, config: ClientTrustConfig, policy: VerificationPolicy) -> bytes:
    """The payload, after sigstore-python has verified the bundle."""
    kind, payload = Verifier(trusted_root=config.trusted_root).verify_dsse(bundle, policy)
    assert kind == PAYLOAD_TYPE
    return payload


@pytest.mark.parametrize("who", ["person", "workflow"])
def test_a_statement_signed_over_http_verifies(who: str, sandbox: Sandbox, shape: Shape) -> None:
    """All services together, with sigstore-python's own signer and verifier."""
    config = trust_config(sandbox, shape)
    if who == "person":
        token, policy = sandbox.token(PERSON), AllOf([Identity(identity=PERSON, issuer=sandbox.url)])
    else:
        source = OIDCSourceRepositoryURI("https://github.com/acme/acmelib")
        token = sandbox.github_token()
        policy = AllOf([Identity(identity=WORKFLOW, issuer=sandbox.url), source])
    with SigningContext.from_trust_config(config).signer(IdentityToken(token)) as signer:
        bundle = signer.sign_dsse(Statement(STATEMENT))

    assert verified(Bundle.from_json(bundle.to_json()), config, policy) == STATEMENT
    stamps = json.loads(bundle.to_json())["verificationMaterial"].get("timestampVerificationData", {})
    assert len(stamps.get("rfc3161Timestamps", [])) == shape[1]


def test_an_artefact_signed_over_http_verifies(sandbox: Sandbox, shape: Shape) -> None:
    """Message signatures too."""
    config = trust_config(sandbox, shape)
    with SigningContext.from_trust_config(config).signer(IdentityToken(sandbox.token(PERSON))) as signer:
        bundle = signer.sign_artifact(ARTIFACT)

    Verifier(trusted_root=config.trusted_root).verify_artifact(
        ARTIFACT, Bundle.from_json(bundle.to_json()), Identity(identity=PERSON, issuer=sandbox.url)
    )


def test_many_sign_at_once(sandbox: Sandbox) -> None:
    """Each gets its own log entry with a valid proof."""
    config = trust_config(sandbox, (1, True))
    context = SigningContext.from_trust_config(config)

    def sign(number: int) -> Bundle:
        token = IdentityToken(sandbox.token(f"person-{number}@example.org"))
        with context.signer(token) as signer:
            return signer.sign_dsse(Statement(STATEMENT))

    with ThreadPoolExecutor(8) as pool:
        bundles = list(pool.map(sign, range(24)))

    for number, bundle in enumerate(bundles):
        policy = Identity(identity=f"person-{number}@example.org", issuer=sandbox.url)
        assert verified(bundle, config, policy) == STATEMENT
    indices = {
        json.loads(one.to_json())["verificationMaterial"]["tlogEntries"][0]["logIndex"] for one in bundles
    }
    assert len(indices) == 24


def test_a_person_signs_in_with_a_browser(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """sigstore-python's own sign-in; the browser is a thread that follows redirects."""

    def browse(url: str) -> bool:
        threading.Thread(target=requests.get, args=(url,), kwargs={"timeout": SECONDS}).start()
        return True

    monkeypatch.setattr(webbrowser, "open", browse)

    assert Issuer(sandbox.url).identity_token().identity == PERSON


def test_a_job_finds_its_ambient_credential(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way the `id` package looks for it on GitHub."""
    for name in [one for one in os.environ if one.startswith(("GITHUB_", "ACTIONS_", "GITLAB", "CI"))]:
        monkeypatch.delenv(name)
    for name, value in sandbox.github_environment(repository="acme/other").items():
        monkeypatch.setenv(name, value)

    token = detect_credential()

    assert token is not None
    assert sandbox.issuer.verify(token)["repository"] == "acme/other"


def test_discovery_leads_to_the_keys(sandbox: Sandbox) -> None:
    """Over HTTP, as a relying party reads them."""
    found = requests.get(f"{sandbox.url}/.well-known/openid-configuration", timeout=SECONDS).json()

    assert found["issuer"] == sandbox.url
    assert requests.get(found["jwks_uri"], timeout=SECONDS).json() == sandbox.issuer.keys()


@pytest.mark.parametrize(
    ("path", "kind", "begins"),
    [
        ("/api/v2/trustBundle", "application/json", b'{"chains"'),
        ("/api/v1/log/publicKey", "application/x-pem-file", b"-----BEGIN PUBLIC KEY"),
        ("/api/v1/timestamp/certchain", "application/pem-certificate-chain", b"-----BEGIN CERTIFICATE"),
    ],
)
def test_services_publish_their_keys(path: str, kind: str, begins: bytes, sandbox: Sandbox) -> None:
    """At the same paths as the real ones."""
    answer = requests.get(sandbox.url + path, timeout=SECONDS)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    assert answer.content.startswith(begins)


def test_a_stamp_is_answered_with_its_media_type(sandbox: Sandbox) -> None:
    """RFC 3161, section 3.4."""
    request = TimestampRequestBuilder().data(ARTIFACT).build().as_bytes()

    answer = requests.post(
        f"{sandbox.url}/api/v1/timestamp",
        data=request,
        headers={"Content-Type": "application/timestamp-query"},
        timeout=SECONDS,
    )

    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/timestamp-reply")


@pytest.mark.parametrize(
    "path", ["/api/v2/signingCert", "/api/v1/log/entries", "/api/v2/log/entries", "/token"]
)
def test_a_refusal_is_an_http_status_and_a_reason(path: str, sandbox: Sandbox) -> None:
    """In the form of Fulcio and Rekor; the connection stays open."""
    with requests.Session() as session:
        answer = session.post(sandbox.url + path, data=b"{}", timeout=SECONDS)
        assert answer.status_code in {400, 401}
        assert answer.json()["code"] == answer.status_code
        assert answer.json()["message"]
        assert session.get(f"{sandbox.url}/keys", timeout=SECONDS).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_other_paths_are_not_found(method: str, sandbox: Sandbox) -> None:
    """Unknown paths, and the wrong method on known ones."""
    for path in ("/nothing", "/api/v1/log/entries/x", "//["):
        answer = requests.request(method, sandbox.url + path, data=b"", timeout=SECONDS)
        assert answer.status_code == 404


def raw_answer(sandbox: Sandbox, request: bytes) -> bytes:
    """Everything the server sends for bytes that no client library would send."""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=SECONDS) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (b"Content-Length: 33554433\r\n", b"413"),
        (b"Content-Length: 99999999999999999999999999\r\n", b"413"),
        (b"Content-Length: -1\r\n", b"411"),
        (b"Content-Length: two\r\n", b"411"),
        (b"Transfer-Encoding: chunked\r\n", b"411"),
        (b"", b"411"),
    ],
)
def test_a_request_of_unbounded_size_is_refused_unread(
    length: bytes, status: bytes, sandbox: Sandbox
) -> None:
    """Its length must be given first, and the connection ends without reading the body."""
    head = b"POST /api/v1/log/entries HTTP/1.1\r\nHost: localhost\r\n" + length + b"\r\n"

    answer = raw_answer(sandbox, head)

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in answer


def test_a_request_that_stops_halfway_is_refused(sandbox: Sandbox) -> None:
    """The body is shorter than announced."""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=SECONDS) as connection:
        connection.sendall(b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"ended early" in answer


def test_a_client_that_goes_away_leaves_no_trace(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    """A reset in the middle of an answer is not an error of the server, and is not printed."""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=SECONDS) as connection:
        # Zero linger: closing resets the connection at once.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        connection.sendall(b"GET /keys HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
    assert requests.get(f"{sandbox.url}/keys", timeout=SECONDS).status_code == 200
    time.sleep(0.05)

    assert capfd.readouterr() == ("", "")


def test_a_problem_of_ours_is_not_swallowed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every exception except a refusal is a bug, and is printed on stderr."""
    monkeypatch.setattr(sandbox.issuer, "keys", lambda: 1 / 0)

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{sandbox.url}/keys", timeout=SECONDS)
    deadline = time.monotonic() + SECONDS
    said = ""
    while "ZeroDivisionError" not in said and time.monotonic() < deadline:
        said += capfd.readouterr().err

    assert "ZeroDivisionError" in said


def test_answers_come_at_once(sandbox: Sandbox) -> None:
    """Without the 40 ms that a reply in two packets waits for an acknowledgement: best of twenty."""
    with requests.Session() as session:
        best = min(
            session.get(f"{sandbox.url}/keys", timeout=SECONDS).elapsed.total_seconds() for _ in range(20)
        )

    assert best < 0.03


def test_the_server_listens_on_loopback_only(sandbox: Sandbox) -> None:
    """Whatever the URL says."""
    assert sandbox._server.server_address[0] == "127.0.0.1"
    assert sandbox.url == f"http://localhost:{sandbox.port}"


def test_closing_ends_idle_connections_and_frees_the_port() -> None:
    """A client that keeps its connection open does not delay closing."""
    with Sandbox() as sandbox:
        session = requests.Session()
        session.get(f"{sandbox.url}/keys", timeout=SECONDS)
        began = time.monotonic()
    assert time.monotonic() - began < 1

    with Sandbox(sandbox.port) as again:
        assert again.port == sandbox.port
        assert requests.get(f"{again.url}/keys", timeout=SECONDS).status_code == 200
    session.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{sandbox.url}/keys", timeout=SECONDS)


def test_threads_end_with_the_sandbox() -> None:
    """No thread keeps running."""
    before = threading.active_count()
    with Sandbox() as sandbox, requests.Session() as session:
        session.get(f"{sandbox.url}/keys", timeout=SECONDS)

    deadline = time.monotonic() + SECONDS
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_a_taken_port_is_said_to_be_taken(sandbox: Sandbox) -> None:
    """The user chose it, and can choose another."""
    with pytest.raises(InputInvalid) as error:
        Sandbox(sandbox.port)

    assert str(sandbox.port) in error.value.message
    assert "another port" in error.value.hint


@pytest.mark.parametrize("port", [-1, 65536])
def test_an_invalid_port_number_is_an_input_error(port: int) -> None:
    """The user has to correct the call."""
    with pytest.raises(InputInvalid):
        Sandbox(port)


def test_a_forbidden_port_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports below 1024 need root; tests may run as root, so the refusal is simulated."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socketserver.TCPServer, "server_bind", refuse)

    with pytest.raises(InputInvalid) as error:
        Sandbox(80)
    assert "1023" in error.value.hint


def test_a_machine_without_loopback_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint about another port would not help."""

    def refuse(*_: object) -> None:
        raise OSError(99, "Cannot assign requested address")

    monkeypatch.setattr(socketserver.TCPServer, "server_bind", refuse)

    with pytest.raises(ServiceUnavailable) as error:
        Sandbox()
    assert error.value.hint == ""
