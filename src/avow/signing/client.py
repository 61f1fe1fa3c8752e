"""Signing through Sigstore, with a time limit on everything that crosses the network.

sigstore-python posts to the CA and to the log without a timeout, and a timestamping failure is only a
logged warning there; both are closed here and in `avow.signing.pipeline`, which verifies the finished bundle.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
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

from avow.errors import InputInvalid, ServiceUnavailable
from avow.transparency.sigstore.foreign import SIGNING_REFUSALS
from avow.transparency.sigstore.root import root_in
from avow.values import Frozen

SIGNING_LIMIT_S: Final = 120.0
"""Seconds for certificate, timestamps and log entry together. A Rekor v2 log answers after a batch of about
one second; a public CA and log under load after some ten."""

BROWSER_LIMIT_S: Final = 300.0
"""Seconds a person has to sign in."""

AUDIENCE: Final = "sigstore"

AMBIENT_LIMIT_S: Final = 30.0
"""Seconds that a CI job's own service has to hand out its token."""

_GITHUB: Final = "https://github.com"
_GITHUB_ENTERPRISE: Final = "/_services/token"
"""What an enterprise server's issuer ends with, after its address. Source: GitHub Enterprise Server, OIDC."""

_T = TypeVar("_T")

_SERVICE_FAILURES = (
    SigstoreError,
    *SIGNING_REFUSALS,
    IssuerError,
    ExpiredIdentity,
    requests.RequestException,
    HTTPError,
    OSError,
    EOFError,  # nobody at the terminal to type a code
    ValueError,  # pydantic, base64, PEM and JSON decoding
    LookupError,  # an answer of the wrong shape, which sigstore-python takes apart unseen
    TypeError,
    AttributeError,
)
"""What sigstore-python raises when a service refuses, is silent, or answers something unexpected."""


class Credential(Frozen):
    """An OIDC token for signing and the words in it that become public for ever."""

    token: str
    issuer: str
    identity: str
    """The certificate's future subject: an e-mail address or the URI of a workflow."""
    source_repository: str | None
    source_commit: str | None

    @classmethod
    def of(cls, token: str) -> Credential:
        """What `token` says; its signature is checked by the CA, not here.

        Raises:
            InputInvalid: no JSON Web Token, or one that names no issuer and subject.
        """
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise InputInvalid(
                f"the identity token can't be read: {error}", location="--identity-token"
            ) from error
        issuer, subject = _issuer(claims), claims.get("email") or claims.get("sub")
        if not isinstance(issuer, str) or not isinstance(subject, str):
            raise InputInvalid(
                "the identity token names no issuer or no subject", location="--identity-token"
            )
        workflow, repository = _workflow(claims, issuer=issuer)
        commit = claims.get("sha") if repository else None
        return cls(
            token=token,
            issuer=issuer,
            identity=workflow or subject,
            source_repository=repository,
            source_commit=commit if isinstance(commit, str) else None,
        )


def _issuer(claims: Mapping[str, Any]) -> object:
    """The issuer that the certificate will name: behind a federating provider, the one people signed in to.

    Source: sigstore/fulcio, `IssuerClaim: $.federated_claims.connector_id` of the public-good configuration.
    """
    federated = claims.get("federated_claims")
    connector = federated.get("connector_id") if isinstance(federated, dict) else None
    return connector or claims.get("iss")


def _workflow(claims: Mapping[str, Any], *, issuer: str) -> tuple[str | None, str | None]:
    """The workflow and the repository that a CI job's certificate will name; None where it is none we know.

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


def ambient_credential() -> str | None:
    """The token of the CI job this runs in (GitHub, GitLab and what the `id` package knows), if any.

    Raises:
        ServiceUnavailable: the surroundings promise a token and do not hand it out.
    """
    try:
        return within(
            lambda: ambient.detect_credential(AUDIENCE),
            limit_s=AMBIENT_LIMIT_S,
            doing="asking CI for its identity token",
        )
    except (ambient.IdentityError, HTTPError, OSError, ValueError) as error:
        raise ServiceUnavailable(
            f"this CI job has no usable identity token: {_first_line(error)}",
            hint="on GitHub the job needs `permissions: id-token: write`; on GitLab "
            "`id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore`",
        ) from error


class SigningService:
    """One Sigstore instance to sign with, as its trust configuration describes it."""

    def __init__(self, config: ClientTrustConfig) -> None:
        self._config = config

    @classmethod
    def from_trust_config(
        cls, config: bytes, *, rekor_version: int | None = None, location: str = ""
    ) -> SigningService:
        """The instance that `config` (a ClientTrustConfig JSON) describes.

        `rekor_version` picks a major version among the logs on offer; without it the newest is used,
        as the signing configuration asks.

        Raises:
            InputInvalid: not a trust configuration, or it offers no log of `rekor_version`.
        """
        try:
            parsed = ClientTrustConfig.from_json(config.decode())
            parsed.force_tlog_version = rekor_version
            parsed.signing_config.get_tlogs()
        except (SigstoreError, ValidationError, ValueError) as error:
            raise InputInvalid(
                f"no usable trust configuration: {_first_line(error)}",
                location=location,
                hint="it needs mediaType, trustedRoot and signingConfig, like the client_trust_config.json "
                "that `avow sandbox` writes",
            ) from error
        return cls(parsed)

    @classmethod
    def public_good(cls, *, rekor_version: int | None = None) -> SigningService:
        """Sigstore's public-good instance, through its TUF repository.

        Raises:
            ServiceUnavailable: the repository did not answer or did not verify.
        """
        try:
            config = within(
                ClientTrustConfig.production,
                limit_s=SIGNING_LIMIT_S,
                doing="fetching the public-good trust root",
            )
            config.force_tlog_version = rekor_version
            config.signing_config.get_tlogs()
        except _SERVICE_FAILURES as error:
            raise ServiceUnavailable(
                f"the public-good instance's configuration can't be had: {_first_line(error)}",
                hint="try again, or give your own instance with --trust-config",
            ) from error
        return cls(config)

    @property
    def trusted_root(self) -> bytes:
        """The trusted root that belongs to this instance; what it signs has to verify against it."""
        return root_in(self._config)

    @property
    def wants_timestamps(self) -> bool:
        """The signing configuration names timestamping authorities: no token, no complete bundle."""
        return bool(self._config.signing_config.get_tsas())

    def browser_credential(self) -> str:
        """A token from the instance's identity provider, after the person has signed in.

        Raises:
            ServiceUnavailable: the provider did not answer, or nobody signed in in time.
        """
        try:
            url = self._config.signing_config.get_oidc_url()
            token = within(
                lambda: Issuer(url).identity_token(), limit_s=BROWSER_LIMIT_S, doing="waiting for the sign-in"
            )
        except _SERVICE_FAILURES as error:
            raise ServiceUnavailable(f"no identity token: {_first_line(error)}") from error
        return str(token)

    def sign(self, payload: bytes, *, credential: Credential) -> bytes:
        """A Sigstore bundle (v0.3 JSON) over `payload` as an in-toto DSSE envelope; not verified here.

        Raises:
            ServiceUnavailable: CA, log or timestamping authority refused or did not answer in time.
            InputInvalid: the token can't be read, is expired or not for signing.
        """
        statement = _statement(payload)

        try:
            token = IdentityToken(credential.token)
        except IdentityError as error:
            raise InputInvalid(
                f"the identity token can't be used for signing: {_first_line(error)}",
                hint="get a fresh one for the audience sigstore; they live for minutes",
            ) from error

        def run() -> bytes:
            with SigningContext.from_trust_config(self._config).signer(token) as signer:
                return signer.sign_dsse(statement).to_json().encode()

        try:
            return within(run, limit_s=SIGNING_LIMIT_S, doing="signing")
        except _SERVICE_FAILURES as error:
            raise ServiceUnavailable(
                f"signing did not succeed: {_first_line(error)}",
                hint="nothing was written; try again, with a fresh identity token",
            ) from error


def _statement(payload: bytes) -> dsse.Statement:
    try:
        return dsse.Statement(payload)
    except SigstoreError as error:
        raise InputInvalid(f"the statement can't be signed: {_first_line(error)}") from error


def within(action: Callable[[], _T], *, limit_s: float, doing: str) -> _T:
    """The result of `action`, or a refusal once `limit_s` seconds have passed.

    The action runs in a daemon thread: requests offers no deadline over a whole exchange, and a server that
    drips one byte a second would hold any read timeout for ever. An action that is given up on may still
    complete in the background; callers write nothing before its result is in hand.

    Raises:
        ServiceUnavailable: the time is over. Everything that `action` raises is passed on.
    """
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["result"] = action()
        except BaseException as error:  # noqa: BLE001  carried to the caller's thread and raised there
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
    """What `error` says, or else what caused it: some of sigstore-python's say nothing themselves."""
    told = str(error) or str(error.__cause__ or "")
    return next(iter(told.splitlines()), type(error).__name__)
