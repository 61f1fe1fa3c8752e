"""Tokens contain their claims and are checked completely."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from support.virtual_sigstore import NOW, VirtualSigstore

from avow.sandbox import RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable

PERSON = "maintainer@example.org"


def claims_of(token: str) -> dict[str, Any]:
    """The claims in the token, unchecked."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def status_of(virtual: VirtualSigstore, token: str) -> int:
    """The HTTP status with which the issuer's own check refuses `token`."""
    with pytest.raises(RequestRefused) as refused:
        virtual.issuer.verify(token)
    return refused.value.status


def test_a_token_verifies_with_the_published_keys(virtual: VirtualSigstore) -> None:
    """Any OpenID Connect client can check a token, starting from the discovery document."""
    token = virtual.token(PERSON)
    (key,) = virtual.issuer.keys()["keys"]

    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    claims = jwt.decode(
        token,
        jwt.PyJWK(key),
        algorithms=virtual.issuer.discovery()["id_token_signing_alg_values_supported"],
        audience="sigstore",
        issuer=virtual.issuer.discovery()["issuer"],
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},  # minted in a past present
    )
    assert (claims["email"], claims["email_verified"]) == (PERSON, True)


def test_the_issuer_accepts_its_own_token_until_it_expires(virtual: VirtualSigstore) -> None:
    """For ten minutes, and not one second longer."""
    token = virtual.token(PERSON)

    with virtual.at(NOW + timedelta(minutes=9, seconds=59)):
        assert virtual.issuer.verify(token)["sub"] == PERSON
    with virtual.at(NOW + timedelta(minutes=10)):
        assert status_of(virtual, token) == 401


@pytest.mark.parametrize(
    "mint",
    [
        pytest.param(lambda v: v.token(PERSON, aud="elsewhere"), id="another audience"),
        pytest.param(lambda v: v.token(PERSON, iss="https://issuer.example"), id="another issuer"),
        pytest.param(lambda _: VirtualSigstore().token(PERSON), id="another issuer's key"),
        pytest.param(lambda v: v.token(PERSON, nbf=int(NOW.timestamp()) + 301), id="not valid yet"),
        pytest.param(lambda v: v.token(PERSON, iat=int(NOW.timestamp()) + 301), id="issued in the future"),
        pytest.param(lambda v: v.token(PERSON, exp="soon"), id="an expiry that is not a time"),
        pytest.param(lambda v: v.token(PERSON, exp=10**30), id="an expiry beyond all times"),
        pytest.param(lambda v: v.token(PERSON)[:-8] + "AAAAAAAA", id="an edited signature"),
        pytest.param(
            lambda v: _with_claim(v.token(PERSON), "email", "eve@example.org"), id="an edited claim"
        ),
        pytest.param(lambda v: _unsigned(v.token(PERSON)), id="no signature"),
        pytest.param(lambda _: "nonsense", id="no token"),
    ],
)
def test_an_invalid_token_is_refused(
    mint: Callable[[VirtualSigstore], str], virtual: VirtualSigstore
) -> None:
    """Signature, issuer, audience and times are all checked."""
    assert status_of(virtual, mint(virtual)) == 401


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "iat", "exp"])
def test_a_token_without_a_required_claim_is_refused(missing: str, virtual: VirtualSigstore) -> None:
    """A missing claim is never accepted."""
    claims = claims_of(virtual.token(PERSON))
    del claims[missing]
    token = jwt.encode(claims, virtual.issuer._key, "ES256")

    assert status_of(virtual, token) == 401


def test_a_token_need_not_say_from_when_it_is_valid(virtual: VirtualSigstore) -> None:
    """`nbf` is optional in OpenID Connect."""
    claims = claims_of(virtual.token(PERSON))
    del claims["nbf"]

    assert virtual.issuer.verify(jwt.encode(claims, virtual.issuer._key, "ES256"))["sub"] == PERSON


def test_a_token_signed_with_another_algorithm_is_refused(virtual: VirtualSigstore) -> None:
    """The key's curve does not choose the algorithm."""
    key = ec.generate_private_key(ec.SECP384R1())

    assert status_of(virtual, jwt.encode(claims_of(virtual.token(PERSON)), key, "ES384")) == 401


def test_a_workflow_token_claims_what_github_claims(virtual: VirtualSigstore) -> None:
    """All claims are the caller's except `job_workflow_ref` and its digest."""
    called = "acme/shared/.github/workflows/sign.yml@refs/heads/main"

    claims = claims_of(virtual.github_token("acme/acmelib", ref="refs/tags/v2.0", called_workflow=called))

    assert claims["sub"] == "repo:acme/acmelib:ref:refs/tags/v2.0"
    assert claims["job_workflow_ref"] == called
    assert claims["workflow_ref"] == "acme/acmelib/.github/workflows/release.yml@refs/tags/v2.0"
    assert claims["job_workflow_sha"] != claims["workflow_sha"] == claims["sha"]
    assert (claims["repository_owner"], claims["ref_type"]) == ("acme", "tag")


def test_derived_ids_are_stable_and_differ_between_repositories() -> None:
    """Two runs of one repository have the same id; another repository has another id."""
    first, again, other = (
        claims_of(VirtualSigstore().github_token(name))["repository_id"]
        for name in ("acme/acmelib", "acme/acmelib", "acme/other")
    )

    assert first == again != other


def test_given_ids_and_commit_are_claimed(virtual: VirtualSigstore) -> None:
    """A repository that was created again has the same name but another id."""
    token = virtual.github_token(repository_id="7", owner_id="8", sha="c" * 40, ref="refs/heads/main")

    claims = claims_of(token)
    assert (claims["repository_id"], claims["repository_owner_id"]) == ("7", "8")
    assert (claims["sha"], claims["job_workflow_sha"], claims["ref_type"]) == ("c" * 40, "c" * 40, "branch")


def _with_claim(token: str, name: str, value: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    edited = base64.urlsafe_b64encode(json.dumps(claims | {name: value}).encode()).decode().rstrip("=")
    return f"{head}.{edited}.{signature}"


def _unsigned(token: str) -> str:
    return jwt.encode(claims_of(token), "", "none")
