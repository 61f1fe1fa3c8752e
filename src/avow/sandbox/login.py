"""How people and workflows come to a token: a sign-in without passwords, and GitHub's token service."""

from __future__ import annotations

import base64
import inspect
import secrets
import threading
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from avow.sandbox.issuer import AUDIENCE, Issuer, email_claims, github_claims
from avow.sandbox.wire import JsonObject, RequestRefused, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

IDENTITY: Final = "maintainer@example.org"
"""Who signs in, and whose token is written, unless another is named."""

GITHUB_TOKEN_PATH: Final = "/github/token"  # noqa: S105  a path

MAX_PENDING: Final = 100
"""Sign-ins that were begun and not ended; beyond it the oldest is forgotten."""

_RUN_FIELDS: Final = frozenset(inspect.signature(github_claims).parameters)


class _Grant(NamedTuple):
    """What a sign-in was begun with, and its code has to be redeemed with."""

    email: str
    redirect_uri: str
    challenge: str
    nonce: str | None


class Login:
    """The authorization code flow with PKCE; whoever comes is who they say, or `IDENTITY`.

    Source: RFC 6749, section 4.1; RFC 7636.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._pending: dict[str, _Grant] = {}
        self._lock = threading.Lock()

    def begin(self, query: str) -> str:
        """Where the browser goes on to after `GET /auth`: back to the client, with a code.

        Raises:
            RequestRefused: no code flow with PKCE, or a client that is not on this machine.
        """
        asked = dict(parse_qsl(query))
        redirect = asked.get("redirect_uri", "")
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            raise RequestRefused("only the authorization code flow with PKCE (S256) is spoken here")
        if not _is_loopback(redirect):
            raise RequestRefused("the redirect URI is not on this machine")
        code = secrets.token_urlsafe(16)
        with self._lock:
            while len(self._pending) >= MAX_PENDING:
                del self._pending[next(iter(self._pending))]
            self._pending[code] = _Grant(
                asked.get("login_hint", IDENTITY),
                redirect,
                asked.get("code_challenge", ""),
                asked.get("nonce"),
            )
        return f"{redirect}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def redeem(self, body: bytes) -> JsonObject:
        """A token for a code, once: `POST /token`.

        Raises:
            RequestRefused: an unknown code, another redirect URI, or no verifier for the challenge.
        """
        form = dict(parse_qsl(body.decode("ascii", errors="replace")))
        with self._lock:
            grant = self._pending.pop(form.get("code", ""), None)
        verified = base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode())).rstrip(b"=")
        if (
            grant is None
            or form.get("redirect_uri") != grant.redirect_uri
            or not secrets.compare_digest(verified, grant.challenge.encode())
        ):
            raise RequestRefused("invalid_grant")
        nonce = {"nonce": grant.nonce} if grant.nonce is not None else {}
        token = self._issuer.token(email_claims(grant.email) | nonce)
        return {"access_token": token, "id_token": token, "token_type": "Bearer"}


def workflow_token(query: str, *, issuer: Issuer, authorization: str) -> JsonObject:
    """What GitHub's token service answers to a job; `query` may name the run, see `github_claims`.

    Raises:
        RequestRefused: no bearer token, or a word about the run that is not known.
    """
    asked = dict(parse_qsl(query))
    audience = asked.pop("audience", AUDIENCE)
    if not authorization.lower().startswith("bearer "):
        raise RequestRefused("a job shows its request token", status=401)
    if unknown := sorted(set(asked) - _RUN_FIELDS):
        raise RequestRefused(f"{', '.join(unknown)}: not known about a run")
    return {"value": issuer.token(github_claims(**asked) | {"aud": audience})}


def workflow_environment(url: str, run: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of a job of that `run`, with the sandbox as its GitHub."""
    return {
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}{GITHUB_TOKEN_PATH}?{urlencode(run)}",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "sandbox",
    }


def _is_loopback(redirect: str) -> bool:
    if not (redirect.isascii() and redirect.isprintable()):
        return False  # it becomes a header
    try:
        parts = urlsplit(redirect)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
