"""Downloads of public data: the one module of `avow data` that opens sockets, and only when it is asked to.

A request has an address of the table and nothing else: no component, no cookie, no password. What was
received is kept when a connection breaks, and a later run continues there if the server still has that file.

Source: RFC 9110, sections 13.1.5 (If-Range), 14.2 (Range), 14.4 (Content-Range), 15.4 (redirects).
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import BinaryIO, Final, NoReturn
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError, ProtocolError

from avow.errors import InputInvalid, ServiceUnavailable
from avow.files import hash_file, write_atomically
from avow.snapshots.sources import DataSource, is_address
from avow.values import printable

CONNECT_LIMIT_S: Final = 30.0
READ_LIMIT_S: Final = 60.0
"""Seconds without a byte until a connection counts as broken."""

GRACE_S: Final = 60.0
LEAST_BYTES_PER_S: Final = 1_000
"""A slower download is given up after `GRACE_S`: a server that sends a byte a minute would never end."""

MAX_ATTEMPTS: Final = 4
"""Per run; each continues where the one before ended."""

MAX_REDIRECTS: Final = 5
CHUNK_BYTES: Final = 256 * 1024

USER_AGENT: Final = "avow"
"""Without a version: a server has to know neither it nor the machine."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_WAIT: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be others in a while."""
_OK, _PARTIAL, _RANGE_REFUSED = 200, 206, 416
_MAX_SHOWN: Final = 500
"""Characters of an address in a message."""

_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")

_NO_ANSWER: Final = (requests.RequestException, HTTPError, OSError)


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A complete file, not yet looked into."""

    path: Path
    sha256: str
    bytes: int
    resumed_at: int
    """How many bytes were there from an earlier connection or run."""


class _Partial(msgspec.Struct, frozen=True, kw_only=True):
    """What a download that is not complete is a part of."""

    url: str
    validator: str
    """The strong entity tag, or else the date, that the server gives the file; if empty, it starts over."""
    total: int | None


class _Broken(Exception):
    """A connection ended early, or the server asks to wait."""


class _StartOver(Exception):
    """What is here and what the server has are not the same file."""


@dataclass(kw_only=True)
class Download:
    """Fetches one source into a directory."""

    source: DataSource
    directory: Path
    accept_loopback_http: bool = False
    """Allow `http` to an address of this machine; for tests and for a mirror behind a tunnel."""
    commands: str = ""
    """The command that prints how to do it without this machine's network; empty: for Avow's own table."""
    clock: Callable[[], float] = time.monotonic
    progress: Callable[[int, int | None], None] = lambda _received, _total: None
    """Called with the bytes received and the total, if the server says it."""
    _resumed_at: int = field(default=0, init=False)

    @property
    def partial(self) -> Path:
        """Where the bytes are until all are there."""
        return self.directory / f"{self.source.name}.part"

    @property
    def _note(self) -> Path:
        return self.directory / f"{self.source.name}.part.json"

    def run(self) -> Fetched:
        """The file, complete and of the length that the server said.

        Raises:
            ServiceUnavailable: the server does not answer, breaks off again and again, or asks to wait.
            InputInvalid: the address may not be used, or answers with an error, with a redirect to where it
                may not lead, or with more than the limit.
        """
        self._require_allowed(self.source.url, redirected=False)
        self.directory.mkdir(parents=True, exist_ok=True)
        reason = ""
        for attempt in range(MAX_ATTEMPTS):
            start = self._received()
            if attempt == 0:
                self._resumed_at = start
            try:
                return self._attempt(start)
            except _StartOver:
                reason = "the file changes while it is downloaded"
                self._discard()
                self._resumed_at = 0
            except _Broken as error:
                reason = str(error)
                if start == self._received() and attempt > 0:
                    break  # two attempts without one byte more
        kept = self._received()
        if not kept:
            self._discard()
        continues = f"; {kept} bytes are kept, and the download continues there" if kept else ""
        elsewhere = self.commands or f"avow data fetch {self.source.name} --print"
        raise ServiceUnavailable(
            f"{self.source.name} could not be fetched from {self.source.url}: {reason}",
            location=self.source.url,
            hint=f"check the network{continues}, or run {elsewhere} and run these commands on another "
            "machine",
        )

    def _attempt(self, start: int) -> Fetched:
        with self._answer(start) as answer:
            total = self._accept(answer, start=start)
            if answer.status_code == _OK:
                self._discard()
                self._resumed_at = 0
            partial = _Partial(url=self.source.url, validator=_validator(answer), total=total)
            write_atomically(self._note, msgspec.json.encode(partial))
            self._receive(answer, total=total)
        size = self.partial.stat().st_size
        if total is not None and size != total:
            raise _Broken(f"the connection ended after {size} of {total} bytes")
        self._note.unlink(missing_ok=True)
        return Fetched(
            path=self.partial,
            sha256=hash_file(self.partial, algorithms=["sha256"])["sha256"],
            bytes=size,
            resumed_at=self._resumed_at,
        )

    def _received(self) -> int:
        """How many bytes of this source are here and can be continued; whatever else is here is removed."""
        try:
            partial = msgspec.json.decode(self._note.read_bytes(), type=_Partial)
            size = self.partial.stat().st_size
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._discard()
            return 0
        if partial.url != self.source.url or not partial.validator or size > self.source.max_bytes:
            self._discard()
            return 0
        return size

    def _discard(self) -> None:
        self.partial.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    @contextmanager
    def _answer(self, start: int) -> Iterator[requests.Response]:
        """The server's answer after redirects, closed afterwards."""
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
        if start:
            partial = msgspec.json.decode(self._note.read_bytes(), type=_Partial)
            headers |= {"Range": f"bytes={start}-", "If-Range": partial.validator}
        url = self.source.url
        with _session() as session:
            for hops in range(MAX_REDIRECTS + 1):
                self._require_allowed(url, redirected=hops > 0)
                try:
                    with _no_answer():
                        answer = _get(session, url, headers=headers)
                except ValueError:  # requests reads the address of a redirect that it does not follow
                    self._refuse("answers with a redirect to what is not an address")
                with answer:
                    if answer.status_code not in _REDIRECTS:
                        yield answer
                        return
                    url = _joined(url, answer.headers.get("Location", ""))
        self._refuse(f"answers with more than {MAX_REDIRECTS} redirects")

    def _require_allowed(self, url: str, *, redirected: bool) -> None:
        """The address is one that this download may ask."""
        what = "redirects to" if redirected else "is"
        shown = printable(url[:_MAX_SHOWN])
        if not is_address(url):
            self._refuse(f"{what} {shown}, which is not an address of a file")
        address = urlsplit(url)
        host = address.hostname or ""
        loopback = _is_loopback(host)
        if address.scheme != "https" and not (self.accept_loopback_http and loopback):
            self._refuse(f"{what} {shown}; only https is used")
        own = urlsplit(self.source.url).hostname
        if redirected and host != own and not (self.accept_loopback_http and loopback) and _is_private(host):
            self._refuse(f"redirects to {shown}, an address of a private network")

    def _accept(self, answer: requests.Response, *, start: int) -> int | None:
        """The length of the whole file, if the answer has it or continues it; None if it is not said."""
        status = answer.status_code
        if status == _RANGE_REFUSED and start:
            raise _StartOver
        if status in _WAIT:
            raise _Broken(f"the server answers with status {status}")
        if status not in {_OK, _PARTIAL} or (status == _PARTIAL and not start):
            self._refuse(f"answers with status {status}")
        if (packed := answer.headers.get("Content-Encoding", "identity")) != "identity":
            self._refuse(f"sends the file packed as {packed[:40]!r}, though it was asked for it as it is")
        total = _length(answer) if status == _OK else self._continued(answer, start=start)
        if total is not None and total > self.source.max_bytes:
            self._refuse(f"has {total} bytes; the limit of this source is {self.source.max_bytes}")
        return total

    def _continued(self, answer: requests.Response, *, start: int) -> int | None:
        """The whole length, if the answer continues the same file exactly where this download ended."""
        partial = msgspec.json.decode(self._note.read_bytes(), type=_Partial)
        found = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != start or _validator(answer) not in {"", partial.validator}:
            raise _StartOver
        total = None if found[3] == "*" else int(found[3])
        if partial.total is not None and total != partial.total:
            raise _StartOver
        return total

    def _receive(self, answer: requests.Response, *, total: int | None) -> None:
        """Append the answer's bytes to the part that is here, within the limit."""
        began = self.clock()
        with self.partial.open("ab") as file:
            size = first = file.tell()
            while chunk := _read(answer):
                size += len(chunk)
                if size > self.source.max_bytes or (total is not None and size > total):
                    file.close()
                    self._discard()
                    self._refuse(f"sends more than {min(self.source.max_bytes, total or size)} bytes")
                file.write(chunk)
                self.progress(size, total)
                spent = self.clock() - began
                if spent > GRACE_S and (size - first) / spent < LEAST_BYTES_PER_S:
                    raise _Broken(f"fewer than {LEAST_BYTES_PER_S} bytes a second arrive")
            _sync(file)

    def _refuse(self, what: str) -> NoReturn:
        raise InputInvalid(
            f"{self.source.name} can't be fetched: {self.source.url} {what}",
            location=self.source.url,
            hint="check the address in the table (avow data fetch --list); --sources replaces the table",
        )


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _no_answer() -> Iterator[None]:
    """A server that does not answer is worth another attempt."""
    try:
        yield
    except _NO_ANSWER as error:
        raise _Broken(_cause(error)) from error


def _cause(error: BaseException) -> str:
    """Why there was no answer, in a few words."""
    if isinstance(error, requests.Timeout):
        return "the server does not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return f"the server's certificate is not accepted: {str(error)[:200]}"
    if isinstance(error, ProtocolError):
        return "the connection ended early"
    return "the server can't be reached, or broke the connection"


def _read(answer: requests.Response) -> bytes:
    """The next bytes as they come; fewer than announced are a broken connection."""
    with _no_answer():
        chunk: bytes = answer.raw.read1(CHUNK_BYTES, decode_content=False)
        return chunk


def _session() -> requests.Session:
    """A session that sends no cookie and no password; proxies and CA bundles are those of the environment."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.auth = _anonymous
    return session


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps `requests` from looking into .netrc."""
    return request


def _get(session: requests.Session, url: str, *, headers: dict[str, str]) -> requests.Response:
    return session.get(
        url,
        headers=headers,
        allow_redirects=False,
        stream=True,
        timeout=(CONNECT_LIMIT_S, READ_LIMIT_S),
    )


def _joined(url: str, location: str) -> str:
    """Where a redirect leads; what can't be an address stays as it is, and is refused as such."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _length(answer: requests.Response) -> int | None:
    """What `Content-Length` says, if it says a number."""
    text = answer.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(10**18)) else None


def _validator(answer: requests.Response) -> str:
    """What identifies the bytes of this file: a strong entity tag, else the date of its last change."""
    tag = answer.headers.get("ETag", "")
    if tag.startswith('"'):
        return str(tag)
    return str(answer.headers.get("Last-Modified", "")) if not tag else ""


# ---- where a redirect may not lead ------------------------------------------------------------------------
#
# Names are looked up here and again when connecting. Another answer the second time gains nothing: a server
# of the private network has no certificate for the name in the redirect.


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_private(host: str) -> bool:
    """The host is, or has, an address that is not one of the public Internet."""
    if _is_loopback(host):
        return True
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False  # then nothing can be fetched from there, either
    return any(not _is_public(str(address[4][0])) for address in found)


def _is_public(address: str) -> bool:
    """An address of the public Internet, also where IPv6 only wraps one of IPv4."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        wrapped = parsed.ipv4_mapped or parsed.sixtofour
        if wrapped is not None:
            return wrapped.is_global
    return parsed.is_global and not parsed.is_multicast
