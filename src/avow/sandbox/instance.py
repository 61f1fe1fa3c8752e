"""One Sigstore instance: its services, and the trusted root and signing configuration that describe them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ed25519

from avow.sandbox.authority import ORGANISATION, CertificateAuthority
from avow.sandbox.issuer import Issuer, email_claims, github_claims
from avow.sandbox.log import RekorV1, RekorV2
from avow.sandbox.login import Login, workflow_environment
from avow.sandbox.timestamping import TimestampAuthority
from avow.sandbox.wire import Clock, JsonObject, PublicKey, base64_text, der, spki, utc_now
from avow.values import utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography import x509

TRUSTED_ROOT_TYPE: Final = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
SIGNING_CONFIG_TYPE: Final = "application/vnd.dev.sigstore.signingconfig.v0.2+json"
CLIENT_TRUST_CONFIG_TYPE: Final = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"

TIMESTAMP_PATH: Final = "/api/v1/timestamp"

RekorVersion = Literal[1, 2]


class SigstoreInstance:
    """Issuer, certificate authority with CT log, both Rekors and a time-stamping authority, with new keys.

    It opens no socket; `Sandbox` serves it over HTTP. `url` is the address of the services; its host is the
    name of the logs.
    """

    def __init__(self, url: str, *, clock: Clock = utc_now, organisation: str = ORGANISATION) -> None:
        self.url = url
        self.clock = clock
        self.organisation = organisation
        self.started = clock()
        host = urlsplit(url).hostname or "localhost"
        self.issuer = Issuer(url, clock=clock)
        self.login = Login(self.issuer)
        self.authority = CertificateAuthority(clock=clock, organisation=organisation)
        self.rekor_v1 = RekorV1(host, clock=clock)
        self.rekor_v2 = RekorV2(host)
        self.timestamping = TimestampAuthority(clock=clock, organisation=organisation)

    def token(self, email: str | None = None, **claims: Any) -> str:
        """An identity token for a person; `claims` override the defaults."""
        identity = email_claims(email) if email is not None else {"sub": f"{self.url}/anybody"}
        return self.issuer.token(identity | claims)

    def github_token(
        self,
        repository: str = "acme/acmelib",
        workflow: str = ".github/workflows/release.yml",
        **run: Any,
    ) -> str:
        """An identity token for a run of `workflow`, as GitHub Actions claims it; see `github_claims`."""
        return self.issuer.token(github_claims(repository, workflow, **run))

    def github_environment(self, **run: str) -> dict[str, str]:
        """Environment variables that make a program act as if in a job of that `run`.

        Its ambient credential is then a token from this instance's issuer, over HTTP.
        """
        return workflow_environment(self.url, run)

    def trusted_root(self) -> JsonObject:
        """The trusted root of this instance, valid from its start."""
        v1, v2, ct_log = self.rekor_v1, self.rekor_v2, self.authority.ct_log
        return {
            "mediaType": TRUSTED_ROOT_TYPE,
            "tlogs": [self._log(v1.public_key, v1.log_id), self._log(v2.public_key, v2.log_id)],
            "certificateAuthorities": [self._authority(self.authority.chain)],
            "ctlogs": [self._log(ct_log.key.public_key(), ct_log.log_id)],
            "timestampAuthorities": [self._authority(self.timestamping.chain)],
        }

    def signing_config(self, rekor: RekorVersion | None = 2, *, tsa: bool = True) -> JsonObject:
        """The addresses of the services for a signer; without a `rekor` version, both logs are offered."""
        logs = [
            service
            for version in (2, 1)
            if rekor in (None, version)
            for service in self._service("", version)
        ]
        return {
            "mediaType": SIGNING_CONFIG_TYPE,
            "caUrls": self._service("", 1),
            "oidcUrls": self._service("", 1),
            "rekorTlogUrls": logs,
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaUrls": self._service(TIMESTAMP_PATH, 1) if tsa else [],
            "tsaConfig": {"selector": "ANY"},
        }

    def client_trust_config(self, rekor: RekorVersion | None = 2, *, tsa: bool = True) -> str:
        """Trusted root and signing configuration in one JSON text."""
        return json.dumps(
            {
                "mediaType": CLIENT_TRUST_CONFIG_TYPE,
                "trustedRoot": self.trusted_root(),
                "signingConfig": self.signing_config(rekor, tsa=tsa),
            }
        )

    def _log(self, key: PublicKey, log_id: bytes) -> JsonObject:
        details = "PKIX_ED25519" if isinstance(key, ed25519.Ed25519PublicKey) else "PKIX_ECDSA_P256_SHA_256"
        return {
            "baseUrl": self.url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": base64_text(spki(key)),
                "keyDetails": details,
                "validFor": _since(self.started),
            },
            "logId": {"keyId": base64_text(log_id)},
        }

    def _authority(self, chain: Sequence[x509.Certificate]) -> JsonObject:
        return {
            "subject": {"organization": self.organisation, "commonName": self.organisation},
            "uri": self.url,
            "certChain": {"certificates": [{"rawBytes": base64_text(der(one))} for one in chain]},
            "validFor": _since(self.started),
        }

    def _service(self, path: str, version: int) -> list[JsonObject]:
        return [
            {
                "url": self.url + path,
                "majorApiVersion": version,
                "operator": self.organisation,
                "validFor": _since(self.started),
            }
        ]


def _since(moment: datetime) -> JsonObject:
    return {"start": utc_text(moment)}
