"""Signing through Sigstore, with a time limit on every network exchange.

sigstore-python sends requests to the CA and the log without a timeout, and only logs a warning if
timestamping fails. This module sets time limits; `avow.signing.pipeline` verifies the finished bundle.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import id as ambient
import jwt
import requests
from pydantic import ValidationError
from sigstore import dsse
from sigstore.errors import Error as SigstoreError
from sigstore.models import ClientTrustConfig
from sigstore.oidc import ExpiredIdentity, IdentityError, IdentityToken, Issuer, IssuerError
from sigstore.sign import SigningContext
from urllib3.exceptions import HTTPError

from avow.errors import AvowError, InputInvalid, ServiceUnavailable
from avow.transparency.sigstore import SIGNING_REFUSALS, root_in
from avow.values import Frozen, utc_text

SIGNING_LIMIT_S: Final = 120.0
"""Seconds for certificate, timestamps and log entry together. A Rekor v2 log answers after a batch of about
one second; a public CA and log under load need about ten."""

BROWSER_LIMIT_S: Final = 300.0
"""Seconds that a person has to sign in."""

AUDIENCE: Final = "sigstore"

TOKEN_LEEWAY: Final = timedelta(seconds=5)
"""How far the issuer's clock may be ahead of ours. Source: sigstore-python, `IdentityToken`."""

AMBIENT_LIMIT_S: Final = 30.0
"""Seconds that a CI job's token service has to answer."""

_GITHUB: Final = "https://github.com"
_GITHUB_ENTERPRISE: Final = "/_services/token"
"""The suffix of an enterprise server's issuer, after its address. Source: GitHub Enterprise Server, OIDC."""

_T = TypeVar("_T")

_SERVICE_FAILURES = (
    SigstoreError,
    *SIGNING_REFUSALS,
    IssuerError,
    ExpiredIdentity,
    requests.RequestException,
    HTTPError,
    OSError,
    EOFError,  # no one at the terminal to type a code
    ValueError,  # pydantic, base64, PEM and JSON decoding
    LookupError,  # an answer of the wrong shape, which sigstore-python does not check
    TypeError,
    AttributeError,
)
"""What sigstore-python raises if a service refuses, does not answer, or gives an unexpected answer."""


class Credential(Frozen):
    """An OIDC token for signing, and the claims in it that become public for ever."""

    token: str
    issuer: str
    identity: str
    """The certificate's future subject: an e-mail address or the URI of a workflow."""
    source_repository: str | None
    source_commit: str | None
    source_ref: str | None = None
    """The full git ref that the CI job runs for, if it says one."""
    issued_at: datetime | None = None
    """When the issuer made the token, by its own clock; None if it does not say."""
    expires_at: datetime | None = None
    """Until when the token can be used; None if it does not say."""

    def require_current(self, now: datetime) -> None:
        """The token can be used at `now`; asked before anything is sent, because the answers say less.

        Raises:
            InputInvalid: it is from the future, or has expired.
        """
        clock = f"by this machine's clock, which says {utc_text(now)}"
        if self.issued_at is not None and self.issued_at > now + TOKEN_LEEWAY:
            ahead = (self.issued_at - now).total_seconds()
            raise InputInvalid(
                f"{clock}, the identity token was made {ahead:.0f} seconds in the future",
                hint="set this machine's clock, and run it again",
            )
        if self.expires_at is not None and self.expires_at <= now:
            raise InputInvalid(
                f"{clock}, the identity token expired at {utc_text(self.expires_at)}",
                hint="get a fresh token for the audience sigstore, or set the clock if it is wrong",
            )

    def not_later_than(self, now: datetime) -> datetime:
        """`now`, or the time of the token if this machine's clock has passed it.

        Nothing in a statement may be later than its signature. A clock that is ahead would make it so, and
        the log would have it for ever.
        """
        return min(now, self.issued_at) if self.issued_at is not None else now

    @classmethod
    def of(cls, token: str) -> Credential:
        """The claims of `token`; the CA checks its signature, this function does not.

        Raises:
            InputInvalid: `token` is not a JSON Web Token, is not for signing, or names no issuer or subject.
        """
        token = token.strip()
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise InputInvalid(
                f"the identity token can't be read: {error}",
                location="--identity-token",
                hint="pass the token itself, a JSON Web Token: no file name, and nothing around it",
            ) from error
        audience = claims.get("aud", AUDIENCE)
        if AUDIENCE not in (audience if isinstance(audience, list) else [audience]):
            raise InputInvalid(
                f"the identity token is for the audience {audience}",
                location="--identity-token",
                hint="get a fresh token for the audience sigstore; tokens expire after a few minutes",
            )
        issuer, subject = _issuer(claims), claims.get("email") or claims.get("sub")
        if not isinstance(issuer, str) or not isinstance(subject, str):
            raise InputInvalid(
                "the identity token does not name both an issuer and a subject",
                location="--identity-token",
                hint="use an OIDC token with an iss claim, and an email or sub claim",
            )
        workflow, repository = _workflow(claims, issuer=issuer)
        commit = claims.get("sha") if repository else None
        return cls(
            token=token,
            issuer=issuer,
            identity=workflow or subject,
            source_repository=repository,
            source_commit=commit if isinstance(commit, str) else None,
            source_ref=_ref(claims) if repository else None,
            issued_at=_moment(claims.get("iat")),
            expires_at=_moment(claims.get("exp")),
        )


def _moment(seconds: object) -> datetime | None:
    """A NumericDate of RFC 7519."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None


def _issuer(claims: Mapping[str, Any]) -> object:
    """The issuer that the certificate will name; with a federated login, the provider people signed in to.

    Source: sigstore/fulcio, `IssuerClaim: $.federated_claims.connector_id` of the public-good configuration.
    """
    federated = claims.get("federated_claims")
    connector = federated.get("connector_id") if isinstance(federated, dict) else None
    return connector or claims.get("iss")


def _workflow(claims: Mapping[str, Any], *, issuer: str) -> tuple[str | None, str | None]:
    """The workflow and repository that a CI job's certificate will name; None if the CI system is unknown.

    Source: sigstore/fulcio, `ci-issuer-metadata` of the public-good configuration: GitHub and GitLab.
    """
    match claims:
        case {"job_workflow_ref": str(workflow), "repository": str(repository)}:
            server = (
                issuer.removesuffix(_GITHUB_ENTERPRISE) if issuer.endswith(_GITHUB_ENTERPRISE) else _GITHUB
            )
            return f"{server}/{workflow}", f"{server}/{repository}"
        case {"ci_config_ref_uri": str(workflow), "project_path": str(project)}:
            return f"https://{workflow}", f"{issuer.rstrip('/')}/{project}"
    return None, None


def _ref(claims: Mapping[str, Any]) -> str | None:
    """GitHub's claim is the full ref; GitLab's is a name, with its type beside it."""
    ref = claims.get("ref")
    if not isinstance(ref, str) or ref.startswith("refs/"):
        return ref if isinstance(ref, str) else None
    return {"tag": f"refs/tags/{ref}", "branch": f"refs/heads/{ref}"}.get(str(claims.get("ref_type")))


def ambient_credential() -> str | None:
    """The token of the current CI job (GitHub, GitLab and others that the `id` package knows), if any.

    Raises:
        ServiceUnavailable: the environment looks like a CI job, but gives no token.
    """
    try:
        return within(
            lambda: ambient.detect_credential(AUDIENCE),
            limit_s=AMBIENT_LIMIT_S,
            doing="requesting the CI job's identity token",
        )
    except (ambient.IdentityError, HTTPError, OSError, ValueError) as error:
        reason = _first_line(error)
        if "environment variable" in reason.lower():  # which both forges set for a job with the permission
            raise ServiceUnavailable(
                f"this CI job has no usable identity token: {reason}",
                hint="on GitHub, the job needs `permissions: id-token: write`; on GitLab, it needs "
                "`id_tokens: {SIGSTORE_ID_TOKEN: {aud: sigstore}}`",
            ) from error
        raise ServiceUnavailable(
            f"the CI system gave this job no identity token: {reason}",
            hint="try again; if it persists, ask whoever runs the CI system",
        ) from error


class SigningService:
    """One Sigstore instance to sign with, described by its trust configuration."""

    def __init__(self, config: ClientTrustConfig) -> None:
        self._config = config

    @classmethod
    def from_trust_config(
        cls, config: bytes, *, rekor_version: int | None = None, location: str = ""
    ) -> SigningService:
        """The instance that `config` (a ClientTrustConfig in JSON) describes.

        `rekor_version` selects a major version of the offered logs; without it the newest one is used, as the
        signing configuration requires.

        Raises:
            InputInvalid: `config` is not a trust configuration, or offers no log of `rekor_version`.
        """
        try:
            parsed = ClientTrustConfig.from_json(config.decode())
            parsed.force_tlog_version = rekor_version
            parsed.signing_config.get_tlogs()
        except (SigstoreError, ValidationError, ValueError) as error:
            raise InputInvalid(
                f"the trust configuration can't be used: {_first_line(error)}",
                location=location,
                hint="it needs mediaType, trustedRoot and signingConfig, like the client_trust_config.json "
                "that `avow sandbox` writes, a log of the version in --rekor-version, if that is given, and "
                "services that are in use by this machine's clock",
            ) from error
        return cls(parsed)

    @classmethod
    def public_good(cls, *, rekor_version: int | None = None) -> SigningService:
        """Sigstore's public-good instance, from its TUF repository.

        Raises:
            ServiceUnavailable: the repository did not answer or did not verify, or the instance offers no log
                of `rekor_version`.
        """
        try:
            config = within(
                ClientTrustConfig.production,
                limit_s=SIGNING_LIMIT_S,
                doing="fetching the configuration of the public-good instance",
            )
            config.force_tlog_version = rekor_version
            config.signing_config.get_tlogs()
        except _SERVICE_FAILURES as error:
            raise ServiceUnavailable(
                "the configuration of the public-good instance could not be fetched, or can't be used: "
                + _first_line(error),
                hint="try again, or name another instance with --trust-config"
                if rekor_version is None
                else "try again, leave out --rekor-version, or name another instance with --trust-config",
            ) from error
        return cls(config)

    @property
    def trusted_root(self) -> bytes:
        """The trusted root of this instance; its signatures must verify against it."""
        return root_in(self._config)

    @property
    def wants_timestamps(self) -> bool:
        """The signing configuration names timestamping authorities, so a bundle needs a timestamp."""
        return bool(self._config.signing_config.get_tsas())

    def browser_credential(self) -> str:
        """A token from the instance's identity provider, after a person has signed in.

        Raises:
            ServiceUnavailable: the provider did not answer, or no one signed in within the time limit.
        """
        try:
            url = self._config.signing_config.get_oidc_url()
            token = within(
                lambda: Issuer(url).identity_token(), limit_s=BROWSER_LIMIT_S, doing="waiting for the sign-in"
            )
        except _SERVICE_FAILURES as error:
            raise ServiceUnavailable(
                f"signing in gave no identity token: {_first_line(error)}",
                hint="run the command again and sign in, or pass a token with --identity-token",
            ) from error
        return str(token)

    def sign(self, payload: bytes, *, credential: Credential) -> bytes:
        """A Sigstore bundle (v0.3 JSON) with `payload` in an in-toto DSSE envelope; not verified here.

        Raises:
            ServiceUnavailable: the CA, log or timestamping authority refused or did not answer in time.
            InputInvalid: the token can't be read, has expired, is not for signing, or the CA refused it.
        """
        statement = _statement(payload)

        try:
            token = IdentityToken(credential.token)
        except IdentityError as error:
            raise InputInvalid(
                f"the identity token can't be used for signing: {_first_line(error)}",
                hint="get a fresh token for the audience sigstore; tokens expire after a few minutes",
            ) from error

        def run() -> bytes:
            with SigningContext.from_trust_config(self._config).signer(token) as signer:
                return signer.sign_dsse(statement).to_json().encode()

        try:
            return within(run, limit_s=SIGNING_LIMIT_S, doing="signing")
        except _SERVICE_FAILURES as error:
            raise _not_signed(error) from error


def _not_signed(error: BaseException) -> AvowError:
    """What to say of a failure: before there was a certificate, nothing can be in the log."""
    failed = _request_that_failed(error)
    if failed is None or failed.request is None or "/signingCert" not in (failed.request.url or ""):
        return ServiceUnavailable(
            f"signing failed: {_first_line(error)}",
            hint="no bundle was written, but the log may already contain an entry; "
            "try again with a fresh identity token",
        )
    answer = failed.response
    if answer is not None and answer.status_code in _REFUSALS_OF_TOKENS:
        return InputInvalid(
            f"the certificate authority refused the identity token: {_message_in(answer)}",
            hint="nothing is in the log; use a token for the audience sigstore, of an issuer that this "
            "instance accepts",
        )
    return ServiceUnavailable(
        f"the certificate authority gave no certificate: {_first_line(error)}",
        hint="nothing is in the log; try again later",
    )


_REFUSALS_OF_TOKENS: Final = frozenset({400, 401, 403})


def _request_that_failed(error: BaseException | None) -> requests.RequestException | None:
    """The failure of `requests` behind an error of sigstore-python, which says less."""
    while error is not None:
        if isinstance(error, requests.RequestException):
            return error
        error = error.__cause__ or error.__context__
    return None


def _message_in(answer: requests.Response) -> str:
    """The reason in a server's answer, on one line; its status if it gives none."""
    try:
        text = answer.json()["message"]
    except (ValueError, LookupError, TypeError):
        text = None
    return (
        " ".join(text.split()) if isinstance(text, str) and text else f"{answer.status_code} {answer.reason}"
    )


def _statement(payload: bytes) -> dsse.Statement:
    try:
        return dsse.Statement(payload)
    except SigstoreError as error:
        raise InputInvalid(f"the statement can't be signed: {_first_line(error)}") from error


def within(action: Callable[[], _T], *, limit_s: float, doing: str) -> _T:
    """The result of `action`, or an error once `limit_s` seconds have passed.

    The action runs in a daemon thread: `requests` has no deadline for a whole exchange, and a server that
    sends one byte per second never triggers a read timeout. An abandoned action may still complete in the
    background, so callers write nothing before they have its result.

    Raises:
        ServiceUnavailable: the time is up. Exceptions of `action` are passed on.
    """
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["result"] = action()
        except BaseException as error:  # noqa: BLE001  passed to the caller's thread and raised there
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit_s)
    if thread.is_alive():
        raise ServiceUnavailable(f"{doing} took more than {limit_s:.0f} s", hint="try again later")
    if "error" in outcome:
        raise outcome["error"]
    result: _T = outcome["result"]
    return result


def _first_line(error: BaseException) -> str:
    """The first line of `error`'s message or, since some of sigstore-python's are empty, of its cause's."""
    text = str(error) or str(error.__cause__ or "")
    return next(iter(text.splitlines()), type(error).__name__)
