"""An OpenID Connect issuer: discovery, keys, and ES256 tokens for people and for GitHub-like workflows."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from avow.sandbox.wire import Clock, JsonObject, RequestRefused, sha256, spki

AUDIENCE: Final = "sigstore"
"""The only audience that Fulcio accepts."""

TOKEN_LIFETIME: Final = timedelta(minutes=10)
"""As long as a GitHub Actions token lives."""

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far an issuer's clock may be ahead.

Source: go-oidc, `verify.go`: five minutes of leeway on `nbf`.
"""

_ALGORITHM: Final = "ES256"
_REQUIRED: Final = ("iss", "aud", "sub", "iat", "exp")

Claims = dict[str, Any]


class Issuer:
    """Signs identity tokens, and checks them for the certificate authority."""

    def __init__(self, url: str, *, clock: Clock) -> None:
        self.url = url
        self._clock = clock
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._key_id = sha256(spki(self._key.public_key())).hex()[:16]

    def discovery(self) -> JsonObject:
        """The discovery document.

        Source: OpenID Connect Discovery 1.0, section 3.
        """
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [_ALGORITHM],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> JsonObject:
        """The key set that verifies this issuer's tokens (RFC 7517)."""
        key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [key | {"kid": self._key_id, "alg": _ALGORITHM, "use": "sig"}]}

    def token(self, claims: Claims) -> str:
        """A token with `claims`; issuer, audience and times have defaults."""
        now = int(self._clock().timestamp())
        standard = {
            "iss": self.url,
            "aud": AUDIENCE,
            "iat": now,
            "nbf": now,
            "exp": now + int(TOKEN_LIFETIME.total_seconds()),
        }
        return jwt.encode(standard | claims, self._key, _ALGORITHM, headers={"kid": self._key_id})

    def verify(self, token: str) -> Claims:
        """The claims of a token from this issuer that is meant for Sigstore and valid now.

        Times are compared with this issuer's own clock, because PyJWT only uses the machine's.

        Raises:
            RequestRefused: the signature, issuer, audience, a required claim or a time is wrong.
        """
        try:
            claims: Claims = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                issuer=self.url,
                options={
                    "require": list(_REQUIRED),
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            expires, issued, not_before = (
                datetime.fromtimestamp(int(claims[name]), UTC)
                for name in ("exp", "iat", "nbf" if "nbf" in claims else "iat")
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise RequestRefused(f"identity token: {error}", status=401) from error
        now = self._clock()
        if expires <= now:
            raise RequestRefused("identity token: it has expired", status=401)
        if max(issued, not_before) > now + CLOCK_SKEW:
            raise RequestRefused("identity token: it is not valid yet", status=401)
        return claims


def email_claims(email: str) -> Claims:
    """The claims of an identity provider about a person who has signed in."""
    return {"sub": email, "email": email, "email_verified": True}


def github_claims(
    repository: str = "acme/acmelib",
    workflow: str = ".github/workflows/release.yml",
    *,
    ref: str = "refs/tags/v1.0",
    sha: str | None = None,
    repository_id: str | None = None,
    owner_id: str | None = None,
    event_name: str = "push",
    runner_environment: str = "github-hosted",
    called_workflow: str | None = None,
    visibility: str = "public",
    run_id: str = "1",
) -> Claims:
    """The claims of GitHub Actions about a workflow run.

    Digests and numeric ids that are not given are derived from the names, so they are stable.
    `called_workflow`, `OWNER/REPO/PATH@REF`, is the reusable workflow that defines the run's job, perhaps in
    another repository. Certificates then name that workflow, and the other claims describe the caller.

    Source: GitHub documentation, "OpenID Connect reference", OIDC token claims.
    """
    owner = repository.partition("/")[0]
    commit = sha or _derived_commit(f"{repository}@{ref}")
    workflow_ref = f"{repository}/{workflow}@{ref}"
    return {
        "sub": f"repo:{repository}:ref:{ref}",
        "repository": repository,
        "repository_id": repository_id or _derived_number(repository),
        "repository_owner": owner,
        "repository_owner_id": owner_id or _derived_number(owner),
        "repository_visibility": visibility,
        "ref": ref,
        "ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
        "sha": commit,
        "workflow": "release",
        "workflow_ref": workflow_ref,
        "workflow_sha": commit,
        "job_workflow_ref": called_workflow or workflow_ref,
        "job_workflow_sha": _derived_commit(called_workflow) if called_workflow else commit,
        "event_name": event_name,
        "runner_environment": runner_environment,
        "run_id": run_id,
        "run_attempt": "1",
        "run_number": "1",
    }


def _derived_commit(name: str) -> str:
    """Forty hex digits, like a Git commit id."""
    return hashlib.sha256(name.encode()).hexdigest()[:40]


def _derived_number(name: str) -> str:
    """A decimal number below 2^32, like GitHub's ids of repositories and owners."""
    return str(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
