"""How people and workflows get a token: a sign-in without passwords, and GitHub's token service."""

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
"""The default identity for signing in and for the token file."""

GITHUB_TOKEN_PATH: Final = "/github/token"  # noqa: S105  a path

MAX_PENDING: Final = 100
"""Sign-ins that have begun but not finished; with more of them, the oldest is dropped."""

_RUN_FIELDS: Final = frozenset(inspect.signature(github_claims).parameters)


class _Grant(NamedTuple):
    """The parameters of a sign-in, which must match when its code is redeemed."""

    email: str
    redirect_uri: str
    challenge: str
    nonce: str | None


class Login:
    """The authorization code flow with PKCE; everyone is who they claim to be, or `IDENTITY`.

    Source: RFC 6749, section 4.1; RFC 7636.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._pending: dict[str, _Grant] = {}
        self._lock = threading.Lock()

    def begin(self, query: str) -> str:
        """The redirect after `GET /auth`: back to the client, with a code.

        Raises:
            RequestRefused: not the code flow with PKCE, or the client is not on this machine.
        """
        parameters = dict(parse_qsl(query))
        redirect = parameters.get("redirect_uri", "")
        if parameters.get("response_type") != "code" or parameters.get("code_challenge_method") != "S256":
            raise RequestRefused("only the authorization code flow with PKCE (S256) is supported")
        if not _is_loopback(redirect):
            raise RequestRefused("the redirect URI is not on this machine")
        code = secrets.token_urlsafe(16)
        with self._lock:
            while len(self._pending) >= MAX_PENDING:
                del self._pending[next(iter(self._pending))]
            self._pending[code] = _Grant(
                parameters.get("login_hint", IDENTITY),
                redirect,
                parameters.get("code_challenge", ""),
                parameters.get("nonce"),
            )
        return f"{redirect}?{urlencode({'code': code, 'state': parameters.get('state', '')})}"

    def redeem(self, body: bytes) -> JsonObject:
        """The answer to `POST /token`: a token for a code, which can be redeemed once.

        Raises:
            RequestRefused: the code is unknown, the redirect URI differs, or the verifier does not match.
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
    """The answer of GitHub's token service to a job; `query` may describe the run, see `github_claims`.

    Raises:
        RequestRefused: no bearer token, or a parameter that is not known for a run.
    """
    parameters = dict(parse_qsl(query))
    audience = parameters.pop("audience", AUDIENCE)
    if not authorization.lower().startswith("bearer "):
        raise RequestRefused("the job's request token is missing", status=401)
    if unknown := sorted(set(parameters) - _RUN_FIELDS):
        raise RequestRefused(f"unknown parameters for a run: {', '.join(unknown)}")
    return {"value": issuer.token(github_claims(**parameters) | {"aud": audience})}


def workflow_environment(url: str, run: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of a job in that `run`, with the sandbox in the role of GitHub."""
    return {
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}{GITHUB_TOKEN_PATH}?{urlencode(run)}",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "sandbox",
    }


def _is_loopback(redirect: str) -> bool:
    if not (redirect.isascii() and redirect.isprintable()):
        return False  # it is sent as a header
    try:
        parts = urlsplit(redirect)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
