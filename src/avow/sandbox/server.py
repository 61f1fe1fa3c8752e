"""The sandbox's HTTP server: every service of one instance on one loopback port."""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import socketserver
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from avow.errors import InputInvalid, ServiceUnavailable
from avow.sandbox.instance import TIMESTAMP_PATH, SigstoreInstance
from avow.sandbox.login import GITHUB_TOKEN_PATH, workflow_token
from avow.sandbox.wire import Clock, JsonObject, RequestRefused, key_pem, pem, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

LOOPBACK: Final = "127.0.0.1"

HOST_NAME: Final = "localhost"
"""The host in the sandbox's URLs; clients compare it with the names in checkpoints, never IP addresses."""

LOG_V1_PATH: Final = "/api/v1/log/entries"

MAX_REQUEST_BYTES: Final = 32 * 1024 * 1024
"""Larger requests are refused, never truncated.

Source: sigstore/rekor, `--max_request_body_size`, as the public-good instance sets it.
"""

IDLE_SECONDS: Final = 30
"""How long a connection may be idle, and how long a request may take to arrive."""

_POLL_SECONDS: Final = 0.02
"""How often the server checks whether it should stop, and how long closing waits for that at most."""

_CLOSE_SECONDS: Final = 5
"""How long closing waits for answers that are being sent."""


class _Request(NamedTuple):
    query: str
    body: bytes
    authorization: str
    is_json: bool


class _Reply(NamedTuple):
    status: HTTPStatus
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def _json(answer: JsonObject, status: HTTPStatus = HTTPStatus.OK) -> _Reply:
    return _Reply(status, json.dumps(answer).encode())


def _sign_in(instance: SigstoreInstance, request: _Request) -> _Reply:
    location = instance.login.begin(request.query)
    return _Reply(HTTPStatus.FOUND, b"", headers=(("Location", location),))


def _log_v1(instance: SigstoreInstance, request: _Request) -> _Reply:
    answer = instance.rekor_v1.answer(request.body)
    uuid = next(iter(answer))
    # The Go client reads the entry's UUID from both headers, and crashes if they are missing.
    headers = (("ETag", uuid), ("Location", f"{LOG_V1_PATH}/{uuid}"))
    return _json(answer, HTTPStatus.CREATED)._replace(headers=headers)


def _timestamp(instance: SigstoreInstance, request: _Request) -> _Reply:
    stamp = instance.timestamping.answer(request.body, is_json=request.is_json)
    return _Reply(HTTPStatus.CREATED, stamp, "application/timestamp-reply")


def _timestamp_chain(instance: SigstoreInstance, _request: _Request) -> _Reply:
    chain = "".join(pem(certificate) for certificate in instance.timestamping.chain)
    return _Reply(HTTPStatus.OK, chain.encode(), "application/pem-certificate-chain")


def _not_found(_instance: SigstoreInstance, _request: _Request) -> _Reply:
    return _json({"code": 404, "message": "not found"}, HTTPStatus.NOT_FOUND)


def _log_key(instance: SigstoreInstance, _request: _Request) -> _Reply:
    return _Reply(HTTPStatus.OK, key_pem(instance.rekor_v1.public_key).encode(), "application/x-pem-file")


_ROUTES: Final[Mapping[tuple[str, str], Callable[[SigstoreInstance, _Request], _Reply]]] = {
    ("GET", "/.well-known/openid-configuration"): lambda i, _: _json(i.issuer.discovery()),
    ("GET", "/keys"): lambda i, _: _json(i.issuer.keys()),
    ("GET", "/auth"): _sign_in,
    ("POST", "/token"): lambda i, r: _json(i.login.redeem(r.body)),
    ("GET", GITHUB_TOKEN_PATH): lambda i, r: _json(
        workflow_token(r.query, issuer=i.issuer, authorization=r.authorization)
    ),
    # Clients expect 200 here, not 201.
    ("POST", "/api/v2/signingCert"): lambda i, r: _json(
        i.authority.answer(r.body, issuer=i.issuer, authorization=r.authorization)
    ),
    ("GET", "/api/v2/trustBundle"): lambda i, _: _json(i.authority.trust_bundle()),
    ("POST", LOG_V1_PATH): _log_v1,
    ("GET", "/api/v1/log/publicKey"): _log_key,
    ("POST", "/api/v2/log/entries"): lambda i, r: _json(i.rekor_v2.answer(r.body), HTTPStatus.CREATED),
    ("POST", TIMESTAMP_PATH): _timestamp,
    ("GET", f"{TIMESTAMP_PATH}/certchain"): _timestamp_chain,
}
"""All requests that the sandbox answers."""


class _LoopbackServer(ThreadingHTTPServer):
    """One thread per connection; tracks open connections, so that closing does not wait for idle ones."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        self.instance: SigstoreInstance
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__((LOOPBACK, port), _Handler)

    def server_bind(self) -> None:
        """Bind without the reverse name lookup of `HTTPServer`, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST_NAME, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in its own thread."""
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection when its thread has finished."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print an unexpected error; a client that closes its connection early is not one."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop accepting connections, end idle ones, and finish answers that are being sent."""
        self.server_close()
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the client has closed it already
                    connection.shutdown(socket.SHUT_RD)
            self._changed.wait_for(lambda: not self._open, timeout=_CLOSE_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    """Reads one bounded request at a time and routes it."""

    server: _LoopbackServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # Send header and body at once, in one packet; otherwise each reply waits 40 ms for a delayed
    # acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Print nothing; stdout and stderr belong to the calling program."""

    def do_GET(self) -> None:
        """Answer a GET request."""
        self._answer(read=lambda: b"")

    def do_POST(self) -> None:
        """Answer a POST request."""
        self._answer(read=self._body)

    def _answer(self, *, read: Callable[[], bytes]) -> None:
        path, _, query = self.path.partition("?")
        try:
            request = _Request(
                query,
                read(),
                self.headers.get("Authorization", ""),
                self.headers.get_content_type() == "application/json",
            )
            route = _ROUTES.get((self.command, path), _not_found)
            self._send(route(self.server.instance, request))
        except RequestRefused as refusal:
            status = HTTPStatus(refusal.status)
            self._send(_json({"code": status.value, "message": refusal.message}, status))

    def _body(self) -> bytes:
        """The request's body.

        Raises:
            RequestRefused: its length is not given or is over `MAX_REQUEST_BYTES`; the connection then ends.
        """
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self.close_connection = True
            raise RequestRefused("the request has no Content-Length", status=HTTPStatus.LENGTH_REQUIRED)
        if len(length) > len(str(MAX_REQUEST_BYTES)) or int(length) > MAX_REQUEST_BYTES:
            self.close_connection = True
            raise RequestRefused(
                f"the request is larger than {MAX_REQUEST_BYTES} bytes",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self.close_connection = True
            raise RequestRefused("the request ended early")
        return body

    def _send(self, reply: _Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)


class Sandbox(SigstoreInstance):
    """A complete local Sigstore over HTTP: `with Sandbox() as sandbox:`.

    Only this machine can reach it, its keys exist in memory only, and its signatures prove nothing to others.

    Raises:
        InputInvalid: `port` is not a port number, is in use, or this user may not use it.
        ServiceUnavailable: the port can't be opened for another reason.
    """

    def __init__(self, port: int = 0, *, clock: Clock = utc_now) -> None:
        self._server = _bind(port)
        self.port = self._server.server_port
        super().__init__(f"http://{HOST_NAME}:{self.port}", clock=clock)
        self._server.instance = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="avow-sandbox", daemon=True
        )

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop serving; the port is free afterwards."""
        self._server.shutdown()
        self._thread.join()
        self._server.close()


def _bind(port: int) -> _LoopbackServer:
    try:
        return _LoopbackServer(port)
    except OverflowError as error:
        raise InputInvalid(
            f"{port} is not a port number", hint="use a number from 1 to 65535, or 0 for any free port"
        ) from error
    except PermissionError as error:
        raise InputInvalid(
            f"this user may not open port {port}", hint="use a port above 1023, or 0 for any free port"
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputInvalid(
                f"port {port} is in use", hint="use another port, or 0 for any free port"
            ) from error
        raise ServiceUnavailable(f"port {port} can't be opened: {error.strerror}") from error
