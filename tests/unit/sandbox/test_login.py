"""People sign in with the code flow and PKCE; workflows get their token as on GitHub."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from support.virtual_sigstore import VirtualSigstore

from avow.sandbox import RequestRefused
from avow.sandbox.login import MAX_PENDING, workflow_token

VERIFIER = "a secret that only the client knows"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
REDIRECT = "http://localhost:4711/auth/callback"


def question(**changes: str) -> str:
    """The query with which a client sends a browser to the sign-in."""
    asked = {
        "response_type": "code",
        "client_id": "sigstore",
        "redirect_uri": REDIRECT,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "s1",
        "nonce": "n1",
    }
    return urlencode(asked | changes)


def code_from(location: str) -> str:
    """The code that the browser brings back."""
    (code,) = parse_qs(urlsplit(location).query)["code"]
    return code


def form(code: str, changes: dict[str, str] | None = None) -> bytes:
    """The form with which a client redeems `code`."""
    fields = {"code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    return urlencode(fields | (changes or {})).encode()


def test_a_sign_in_ends_in_a_token_that_the_issuer_accepts(virtual: VirtualSigstore) -> None:
    """State and nonce come back; nobody is asked for a password."""
    location = virtual.login.begin(question())
    assert location.startswith(f"{REDIRECT}?")
    assert parse_qs(urlsplit(location).query)["state"] == ["s1"]

    answer = virtual.login.redeem(form(code_from(location)))

    claims = virtual.issuer.verify(answer["access_token"])
    assert (claims["email"], claims["nonce"]) == ("maintainer@example.org", "n1")
    assert answer["id_token"] == answer["access_token"]


def test_a_hint_says_who_signs_in(virtual: VirtualSigstore) -> None:
    """So that a trial can have several people."""
    location = virtual.login.begin(question(login_hint="steward@example.org"))

    answer = virtual.login.redeem(form(code_from(location)))

    assert virtual.issuer.verify(answer["id_token"])["email"] == "steward@example.org"


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"redirect_uri": "http://localhost.elsewhere.example/callback"},
        {"redirect_uri": "http://[half"},
        {"redirect_uri": "http://localhost/\r\nSet-Cookie: x=y"},
        {"redirect_uri": "http://localhost/ä"},
        {"redirect_uri": ""},
    ],
)
def test_other_flows_and_other_machines_are_refused(
    changes: dict[str, str], virtual: VirtualSigstore
) -> None:
    """A code is sent only to this machine, and is bound to the client that requested it."""
    with pytest.raises(RequestRefused):
        virtual.login.begin(question(**changes))


@pytest.mark.parametrize(
    "changes",
    [{"code": "guessed"}, {"code_verifier": "guessed"}, {"redirect_uri": "http://localhost:1/"}],
)
def test_a_code_is_redeemed_by_the_client_that_requested_it(
    changes: dict[str, str], virtual: VirtualSigstore
) -> None:
    """Not with a guess, and not by another client."""
    code = code_from(virtual.login.begin(question()))

    with pytest.raises(RequestRefused):
        virtual.login.redeem(form(code, changes))


def test_a_code_is_redeemed_once(virtual: VirtualSigstore) -> None:
    """A second time it is unknown."""
    code = code_from(virtual.login.begin(question()))
    virtual.login.redeem(form(code))

    with pytest.raises(RequestRefused):
        virtual.login.redeem(form(code))


def test_unfinished_sign_ins_are_dropped(virtual: VirtualSigstore) -> None:
    """The oldest first, so memory is bounded."""
    oldest = code_from(virtual.login.begin(question()))
    for _ in range(MAX_PENDING):
        newest = code_from(virtual.login.begin(question()))

    assert virtual.login.redeem(form(newest))["token_type"] == "Bearer"  # noqa: S105  a protocol's word
    with pytest.raises(RequestRefused):
        virtual.login.redeem(form(oldest))


def test_bytes_that_are_not_a_form_are_refused(virtual: VirtualSigstore) -> None:
    """Any bytes are answered with a refusal."""
    with pytest.raises(RequestRefused):
        virtual.login.redeem(b"\xff\xfe")


def test_a_job_asks_for_the_token_of_its_run(virtual: VirtualSigstore) -> None:
    """The query in the environment names the run; the client adds the audience."""
    environment = virtual.github_environment(repository="acme/other", ref="refs/heads/main")
    asked = urlsplit(environment["ACTIONS_ID_TOKEN_REQUEST_URL"])
    shown = f"bearer {environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"

    answer = workflow_token(f"{asked.query}&audience=sigstore", issuer=virtual.issuer, authorization=shown)

    assert environment["GITHUB_ACTIONS"] == "true"
    claims = virtual.issuer.verify(answer["value"])
    assert (claims["repository"], claims["ref"]) == ("acme/other", "refs/heads/main")


def test_a_job_gets_the_audience_it_asks_for(virtual: VirtualSigstore) -> None:
    """A token for another audience can't be used here."""
    answer = workflow_token("audience=elsewhere", issuer=virtual.issuer, authorization="Bearer x")

    assert jwt.decode(answer["value"], options={"verify_signature": False})["aud"] == "elsewhere"


@pytest.mark.parametrize(
    ("query", "authorization", "status"),
    [("", "", 401), ("", "Basic x", 401), ("colour=red", "Bearer x", 400)],
)
def test_a_job_without_its_request_token_or_with_unknown_parameters_is_refused(
    query: str, authorization: str, status: int, virtual: VirtualSigstore
) -> None:
    """As GitHub refuses a job without the permission."""
    with pytest.raises(RequestRefused) as refused:
        workflow_token(query, issuer=virtual.issuer, authorization=authorization)

    assert refused.value.status == status
