"""The sandbox's HTTP face: every service of one instance on one loopback port."""

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
"""The name in the sandbox's URLs; clients compare it with the logs' checkpoints, which hold no numbers."""

LOG_V1_PATH: Final = "/api/v1/log/entries"

MAX_REQUEST_BYTES: Final = 32 * 1024 * 1024
"""Larger requests are refused, never truncated.

Source: sigstore/rekor, `--max_request_body_size`, as the public-good instance sets it.
"""

IDLE_SECONDS: Final = 30
"""How long a connection may stand idle, or a request take to arrive."""

_POLL_SECONDS: Final = 0.02
"""How often the server looks whether it shall stop; the longest that closing waits for it."""

_CLOSE_SECONDS: Final = 5
"""How long closing waits for answers that are under way."""


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
    # The Go client takes the entry's UUID from both, and falls over where they are missing.
    headers = (("ETag", uuid), ("Location", f"{LOG_V1_PATH}/{uuid}"))
    return _json(answer, HTTPStatus.CREATED)._replace(headers=headers)


def _timestamp(instance: SigstoreInstance, request: _Request) -> _Reply:
    stamp = instance.timestamping.answer(request.body, is_json=request.is_json)
    return _Reply(HTTPStatus.CREATED, stamp, "application/timestamp-reply")


def _timestamp_chain(instance: SigstoreInstance, _request: _Request) -> _Reply:
    chain = "".join(pem(certificate) for certificate in instance.timestamping.chain)
    return _Reply(HTTPStatus.OK, chain.encode(), "application/pem-certificate-chain")


def _nothing(_instance: SigstoreInstance, _request: _Request) -> _Reply:
    return _json({"code": 404, "message": "nothing here"}, HTTPStatus.NOT_FOUND)


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
    # Clients expect 200 here although something was created.
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
"""Every question the sandbox answers."""


class _LoopbackServer(ThreadingHTTPServer):
    """One thread a connection; knows its open connections, so that closing does not wait for idle ones."""

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
        """Hand a connection to a thread of its own."""
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection whose thread is done with it."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle of an answer is no problem; all else is, and is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop accepting, end idle connections, and let answers under way finish."""
        self.server_close()
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RD)
            self._changed.wait_for(lambda: not self._open, timeout=_CLOSE_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    """Reads one bounded request at a time and routes it."""

    server: _LoopbackServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # Header and body leave in one packet, at once: else each reply waits 40 ms for a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it so
        """Print nothing: stdout and stderr belong to the program around."""

    def do_GET(self) -> None:
        """Answer a question."""
        self._answer(read=lambda: b"")

    def do_POST(self) -> None:
        """Take a request."""
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
            route = _ROUTES.get((self.command, path), _nothing)
            self._send(route(self.server.instance, request))
        except RequestRefused as refusal:
            status = HTTPStatus(refusal.status)
            self._send(_json({"code": status.value, "message": refusal.message}, status))

    def _body(self) -> bytes:
        """The request's body.

        Raises:
            RequestRefused: its length is not told, or beyond `MAX_REQUEST_BYTES`; the connection then ends.
        """
        told = self.headers.get("Content-Length", "")
        if not (told.isascii() and told.isdigit()):
            self.close_connection = True
            raise RequestRefused("the request does not tell its length", status=HTTPStatus.LENGTH_REQUIRED)
        if len(told) > len(str(MAX_REQUEST_BYTES)) or int(told) > MAX_REQUEST_BYTES:
            self.close_connection = True
            raise RequestRefused(
                f"the request is larger than {MAX_REQUEST_BYTES} bytes",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        body = self.rfile.read(int(told))
        if len(body) != int(told):
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

    Only this machine can reach it, keys live in memory, and what it signs proves nothing to anybody else.

    Raises:
        InputInvalid: `port` is no port, or this user can't have it.
        ServiceUnavailable: the port is taken, or the machine lets nobody listen.
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
        """Serve."""
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
        raise InputInvalid(f"{port} is no port", hint="a port is a number from 0 to 65535") from error
    except PermissionError as error:
        raise InputInvalid(
            f"port {port} is not for this user", hint="take a port from 1024 on, or 0 for any free one"
        ) from error
    except OSError as error:
        hint = "take another port, or 0 for any free one" if error.errno == errno.EADDRINUSE else ""
        raise ServiceUnavailable(f"port {port} can't be opened: {error.strerror}", hint=hint) from error
