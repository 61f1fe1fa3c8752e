"""Downloads from a real server on this machine, which misbehaves in one way each time."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from avow.errors import InputInvalid, ServiceUnavailable
from avow.snapshots import fetch
from avow.snapshots.fetch import Download
from avow.snapshots.sources import DataSource

BODY = bytes(range(256)) * 4096
TAG = '"one"'


@dataclass
class Server:
    """Serves `body`; `behave` may answer in its place and returns whether it did."""

    body: bytes = BODY
    tag: str = TAG
    behave: Callable[[Any], bool] = lambda _handler: False
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def plainly(self, handler: BaseHTTPRequestHandler) -> None:
        """The answer of a server that works, which knows ranges."""
        start = 0
        wanted = handler.headers.get("Range", "")
        if wanted and handler.headers.get("If-Range") == self.tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(self.body) and start:
            handler.send_response(416)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(self.body) - start))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        if self.tag:
            handler.send_header("ETag", self.tag)
        handler.end_headers()
        handler.wfile.write(self.body[start:])

    def breaks_after(self, size: int, *, times: int = 1) -> None:
        """Say the whole length, send `size` bytes of what is asked for, and close; that often."""
        left = times

        def behave(handler: BaseHTTPRequestHandler) -> bool:
            nonlocal left
            if left == 0:
                return False
            left -= 1
            start = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
            handler.send_response(206 if start else 200)
            handler.send_header("Content-Length", str(len(self.body) - start))
            handler.send_header("ETag", self.tag)
            if start:
                handler.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
            handler.end_headers()
            handler.wfile.write(self.body[start : start + size])
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_RDWR)
            return True

        self.behave = behave

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer every request with this."""

        def behave(handler: BaseHTTPRequestHandler) -> bool:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            if "Content_Length" not in headers:
                handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
            return True

        self.behave = behave


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append({"path": self.path, **dict(self.headers)})
            if not state.behave(self):
                state.plainly(self)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is its result."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # the test broke the connection

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{running.server_address[1]}/file"
    yield state
    running.shutdown()
    running.server_close()
    thread.join()


def download(server: Server, directory: Path, **options: Any) -> Download:
    """The download of the server's file."""
    limit = options.pop("max_bytes", 10 * len(BODY))
    url = options.pop("url", server.url)
    source = DataSource(name="kev", url=url, kind="kev", max_bytes=limit)
    return Download(source=source, directory=directory, accept_loopback_http=True, **options)


def test_a_file_arrives_whole(server: Server, tmp_path: Path) -> None:
    """The bytes are those of the server, and the digest is theirs."""
    found = download(server, tmp_path).run()

    assert found.path.read_bytes() == BODY
    assert (found.sha256, found.bytes) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert found.resumed_at == 0


def test_a_request_says_nothing_about_us(server: Server, tmp_path: Path) -> None:
    """Only headers that every client sends the same."""
    download(server, tmp_path).run()

    assert server.asked[0].keys() == {"path", "Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert server.asked[0]["User-Agent"] == "avow"


def test_netrc_is_not_read(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password for the host that is on this machine is not sent."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    download(server, tmp_path / "downloads").run()

    assert "Authorization" not in server.asked[0]


def test_a_broken_connection_continues_in_the_same_run(server: Server, tmp_path: Path) -> None:
    """What was received is asked for no more."""
    server.breaks_after(300_000)
    found = download(server, tmp_path).run()

    assert found.path.read_bytes() == BODY
    assert server.asked[1]["Range"] == "bytes=300000-"
    assert server.asked[1]["If-Range"] == TAG


def test_a_broken_download_continues_in_the_next_run(server: Server, tmp_path: Path) -> None:
    """A server that breaks off again and again costs exit code 5, and the bytes are kept."""
    server.breaks_after(100_000, times=fetch.MAX_ATTEMPTS)
    with pytest.raises(ServiceUnavailable) as caught:
        download(server, tmp_path).run()
    found = download(server, tmp_path).run()

    assert "400000 bytes are kept" in caught.value.hint
    assert found.path.read_bytes() == BODY
    assert found.resumed_at == 400_000


def test_a_file_that_changed_meanwhile_starts_over(server: Server, tmp_path: Path) -> None:
    """Two editions are never put together."""
    server.breaks_after(100_000, times=fetch.MAX_ATTEMPTS)
    with pytest.raises(ServiceUnavailable):
        download(server, tmp_path).run()
    server.tag, server.body = '"two"', BODY[::-1]
    found = download(server, tmp_path).run()

    assert found.path.read_bytes() == BODY[::-1]
    assert found.resumed_at == 0


def test_a_file_without_a_validator_starts_over(server: Server, tmp_path: Path) -> None:
    """Nobody can say whether the rest would be of the same file."""
    server.tag = ""
    server.breaks_after(100_000)
    found = download(server, tmp_path).run()

    assert found.path.read_bytes() == BODY
    assert "Range" not in server.asked[1]


def test_a_weak_entity_tag_is_not_enough(server: Server, tmp_path: Path) -> None:
    """A weak tag does not say that the bytes are the same."""
    server.tag = 'W/"one"'
    server.breaks_after(100_000)
    download(server, tmp_path).run()

    assert "Range" not in server.asked[1]


@pytest.mark.parametrize(
    "content_range",
    ["", "bytes 1-9/1048576", "bytes 100000-1048575/1048577", "bytes x-y/z"],
)
def test_a_continuation_of_something_else_starts_over(
    server: Server, tmp_path: Path, content_range: str
) -> None:
    """An answer to a range has to say that it is exactly that range, of a file of the same length."""
    server.breaks_after(100_000)
    once = server.behave

    def behave(handler: Any) -> bool:
        if len(server.asked) == 1:
            return once(handler)
        if len(server.asked) == 2:
            handler.send_response(206)
            handler.send_header("Content-Range", content_range)
            handler.send_header("ETag", TAG)
            handler.send_header("Content-Length", "9")
            handler.end_headers()
            handler.wfile.write(b"another f")
            return True
        return False

    server.behave = behave
    found = download(server, tmp_path).run()

    assert found.path.read_bytes() == BODY
    assert "Range" not in server.asked[2]


def test_a_part_that_is_longer_than_the_file_starts_over(server: Server, tmp_path: Path) -> None:
    """The server refuses the range; what is here is not a part of its file."""
    server.breaks_after(300_000, times=fetch.MAX_ATTEMPTS)
    server.body = BODY * 2
    with pytest.raises(ServiceUnavailable):
        download(server, tmp_path).run()
    server.body = BODY
    found = download(server, tmp_path).run()

    assert found.path.read_bytes() == BODY


def test_a_part_of_another_address_is_not_used(server: Server, tmp_path: Path) -> None:
    """The table was changed since."""
    server.breaks_after(100_000, times=fetch.MAX_ATTEMPTS)
    with pytest.raises(ServiceUnavailable):
        download(server, tmp_path).run()
    download(server, tmp_path, url=f"{server.url}2").run()

    assert "Range" not in server.asked[-1]


def test_a_length_that_is_not_kept(server: Server, tmp_path: Path) -> None:
    """A file that always ends early is not a file."""
    server.answers(200, b"short", Content_Length="500", ETag=TAG)
    with pytest.raises(ServiceUnavailable, match="the connection ended early"):
        download(server, tmp_path).run()


def test_chunks_that_end_early(server: Server, tmp_path: Path) -> None:
    """Without a length, the last chunk says that the file is complete; here it does not come."""

    def behave(handler: Any) -> bool:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        handler.wfile.write(b"5\r\nhello\r\n")
        return True

    server.behave = behave
    with pytest.raises(ServiceUnavailable):
        download(server, tmp_path).run()


def test_chunks_that_are_complete(server: Server, tmp_path: Path) -> None:
    """A file may come without its length."""

    def behave(handler: Any) -> bool:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        handler.wfile.write(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        return True

    server.behave = behave
    assert download(server, tmp_path).run().path.read_bytes() == b"hello world"


def test_a_server_that_is_not_there(server: Server, tmp_path: Path) -> None:
    """Nobody listens: exit code 5."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ServiceUnavailable, match="can't be reached") as caught:
        download(server, tmp_path, url=f"http://127.0.0.1:{port}/file").run()

    assert caught.value.exit_code == 5


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_asks_to_wait(server: Server, tmp_path: Path, status: int) -> None:
    """Trying again later can help."""
    server.answers(status)
    with pytest.raises(ServiceUnavailable, match=str(status)):
        download(server, tmp_path).run()


@pytest.mark.parametrize("status", [204, 206, 400, 403, 404, 410])
def test_an_answer_that_is_not_the_file(server: Server, tmp_path: Path, status: int) -> None:
    """The address is wrong: the table has to be changed, and the body is not kept as data."""
    server.answers(status, b"" if status == 204 else b"<html>not found</html>")
    with pytest.raises(InputInvalid, match=f"status {status}"):
        download(server, tmp_path).run()

    assert not list(tmp_path.iterdir())


def test_a_huge_file_by_its_length(server: Server, tmp_path: Path) -> None:
    """The limit of the source is compared before a byte is read."""
    with pytest.raises(InputInvalid, match="the limit of this source is 1000"):
        download(server, tmp_path, max_bytes=1_000).run()

    assert not list(tmp_path.iterdir())


def test_a_huge_file_without_a_length(server: Server, tmp_path: Path) -> None:
    """A stream without an end is broken off at the limit, and nothing of it is kept."""

    def behave(handler: Any) -> bool:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(BODY[:65536])
        return True

    server.behave = behave
    with pytest.raises(InputInvalid, match="sends more than 200000 bytes"):
        download(server, tmp_path, max_bytes=200_000).run()

    assert not list(tmp_path.iterdir())


def test_a_file_that_is_sent_packed(server: Server, tmp_path: Path) -> None:
    """The digest would be of other bytes than the publisher's."""
    server.answers(200, b"\x1f\x8b", Content_Encoding="gzip")
    with pytest.raises(InputInvalid, match="packed as 'gzip'"):
        download(server, tmp_path).run()


def test_a_redirect_on_the_same_host(server: Server, tmp_path: Path) -> None:
    """`latest` leads to the file of the day."""

    def behave(handler: Any) -> bool:
        if handler.path == "/file":
            handler.send_response(302)
            handler.send_header("Location", "/today")
            handler.send_header("Set-Cookie", "who=us")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return True
        return False

    server.behave = behave
    found = download(server, tmp_path).run()

    assert found.path.read_bytes() == BODY
    assert server.asked[1]["path"] == "/today"
    assert "Cookie" not in server.asked[1]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("ftp://example.com/file", "not an address"),
        ("file:///etc/passwd", "not an address"),
        ("http://example.com/file", "only https"),
        ("https://user:secret@example.com/file", "not an address"),
        ("https://10.0.0.1/file", "a private network"),
        ("https://169.254.169.254/latest/meta-data", "a private network"),
        ("https://[::1]:1/file", None),
        ("https://[fd00::1]/file", "a private network"),
        ("https://[::ffff:10.0.0.1]/file", "a private network"),
        ("https://[2002:a00:1::]/file", "a private network"),
        ("https://224.0.0.1/file", "a private network"),
        ("https://0x7f000001/file", None),
    ],
)
def test_where_a_redirect_may_not_lead(
    server: Server, tmp_path: Path, target: str, reason: str | None
) -> None:
    """Another scheme, an address with a password, and the private network are not asked."""
    server.answers(302, Location=target)
    with pytest.raises((InputInvalid, ServiceUnavailable)) as caught:
        Download(
            source=DataSource(name="kev", url=server.url, kind="kev", max_bytes=1000),
            directory=tmp_path,
            accept_loopback_http=True,
        ).run()

    assert reason is None or reason in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.1.2.3"])
def test_a_redirect_from_a_public_host_inward(host: str, tmp_path: Path) -> None:
    """Without the flag for tests, an address of this machine is as private as any."""
    one = Download(
        source=DataSource(name="kev", url="https://example.com/file", kind="kev", max_bytes=1000),
        directory=tmp_path,
    )
    with pytest.raises(InputInvalid, match="private network"):
        one._require_allowed(f"https://{host}/file", redirected=True)


def test_a_mirror_of_ones_own(tmp_path: Path) -> None:
    """The table may name a private address, and that host may redirect to itself."""
    one = Download(
        source=DataSource(name="kev", url="https://10.1.2.3/file", kind="kev", max_bytes=1000),
        directory=tmp_path,
    )
    one._require_allowed("https://10.1.2.3/file", redirected=False)
    one._require_allowed("https://10.1.2.3/other", redirected=True)


def test_a_name_that_can_not_be_looked_up_is_not_private(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be fetched from there; connecting says so."""

    def fails(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr("socket.getaddrinfo", fails)
    assert not fetch._is_private("nowhere.example")


def test_an_address_that_is_none_is_not_public() -> None:
    """What can't be read as an address is not trusted to be one of the Internet."""
    assert not fetch._is_public("not an address")
    assert fetch._is_public("8.8.8.8")


@pytest.mark.parametrize(
    "location", ["http://[bad/", "http://[::1", "//[x]/", "http://a\xe9b/", f"http://{'a' * 9000}:x/"]
)
def test_a_redirect_to_what_is_not_an_address(server: Server, tmp_path: Path, location: str) -> None:
    """An error of the server, in a message that fits on a screen."""
    server.answers(302, Location=location)
    with pytest.raises(InputInvalid, match="not an address") as caught:
        download(server, tmp_path).run()

    assert len(caught.value.message) < 700


def test_an_address_that_can_not_be_joined() -> None:
    """Whatever a later version of requests reads itself."""
    assert fetch._joined("https://acme.example/file", "http://[bad") == "http://[bad"
    assert fetch._joined("https://acme.example/file", "other") == "https://acme.example/other"


def test_too_many_redirects(server: Server, tmp_path: Path) -> None:
    """A circle of redirects ends."""
    server.answers(302, Location="/file")
    with pytest.raises(InputInvalid, match="more than 5 redirects"):
        download(server, tmp_path).run()


def test_http_needs_the_flag(server: Server, tmp_path: Path) -> None:
    """Without the flag for tests, not even this machine is asked over http."""
    source = DataSource(name="kev", url=server.url, kind="kev", max_bytes=1000)
    with pytest.raises(InputInvalid, match="only https"):
        Download(source=source, directory=tmp_path).run()

    assert server.asked == []


def test_http_to_another_machine_is_refused_with_the_flag(tmp_path: Path) -> None:
    """The flag is for this machine alone."""
    source = DataSource(name="kev", url="http://example.com/file", kind="kev", max_bytes=1000)
    with pytest.raises(InputInvalid, match="only https"):
        Download(source=source, directory=tmp_path, accept_loopback_http=True).run()


def test_a_certificate_that_is_not_accepted(server: Server, tmp_path: Path) -> None:
    """A server that does not even speak TLS is not asked without it."""
    source = DataSource(name="kev", url=server.url.replace("http:", "https:"), kind="kev", max_bytes=1000)
    with pytest.raises(ServiceUnavailable):
        Download(source=source, directory=tmp_path).run()


def test_a_server_that_drips(server: Server, tmp_path: Path) -> None:
    """A download that would take for ever is given up, and what came is kept."""
    moments = iter(range(0, 10_000_000, 100_000))
    with pytest.raises(ServiceUnavailable, match="fewer than 1000 bytes a second"):
        download(server, tmp_path, clock=lambda: float(next(moments))).run()


def test_a_server_that_falls_silent(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No byte for the limit counts as a broken connection."""
    silent = threading.Event()
    monkeypatch.setattr(fetch, "READ_LIMIT_S", 0.05)

    def behave(_handler: Any) -> bool:
        silent.wait(5)
        return True

    server.behave = behave
    with pytest.raises(ServiceUnavailable, match="does not answer in time"):
        download(server, tmp_path).run()
    silent.set()


def test_progress_is_reported(server: Server, tmp_path: Path) -> None:
    """With the bytes so far, and the length where the server says it."""
    seen: list[tuple[int, int | None]] = []
    download(server, tmp_path, progress=lambda size, total: seen.append((size, total))).run()

    assert seen[-1] == (len(BODY), len(BODY))


def test_a_damaged_note_starts_over(server: Server, tmp_path: Path) -> None:
    """What is here can't be continued if nobody knows of what it is a part."""
    (tmp_path / "kev.part").write_bytes(b"something")
    (tmp_path / "kev.part.json").write_bytes(b"{")
    found = download(server, tmp_path).run()

    assert found.path.read_bytes() == BODY
