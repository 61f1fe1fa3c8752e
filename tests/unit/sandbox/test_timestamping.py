"""Timestamps satisfy an independent client, have the clock's time, and are only made for digests."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.errors import VerificationError
from support.virtual_sigstore import NOW, VirtualSigstore

from avow.sandbox import RequestRefused

MESSAGE = b"a signature"


def accepted(response: TimeStampResponse, virtual: VirtualSigstore, message: bytes = MESSAGE) -> bool:
    """Whether rfc3161-client accepts `response` with this authority's certificates."""
    leaf, root = virtual.timestamping.chain
    verifier = VerifierBuilder(tsa_certificate=leaf, roots=[root]).build()
    return verifier.verify_message(response, message)


@pytest.mark.parametrize("algorithm", [HashAlgorithm.SHA256, HashAlgorithm.SHA512])
@pytest.mark.parametrize("with_certificate", [True, False])
def test_a_der_request_gets_a_stamp_that_verifies(
    algorithm: HashAlgorithm, *, with_certificate: bool, virtual: VirtualSigstore
) -> None:
    """The nonce is returned, and the certificate if requested."""
    builder = TimestampRequestBuilder().data(MESSAGE).hash_algorithm(algorithm).nonce(nonce=True)
    request = builder.cert_request(cert_request=with_certificate).build()

    response = decode_timestamp_response(virtual.timestamping.answer(request.as_bytes(), is_json=False))

    assert accepted(response, virtual)
    assert response.tst_info.gen_time == NOW
    assert response.tst_info.nonce == request.nonce
    leaf = virtual.timestamping.leaf.certificate.public_bytes(Encoding.DER)
    assert response.signed_data.certificates == ({leaf} if with_certificate else set())


def test_a_json_request_gets_the_same(virtual: VirtualSigstore) -> None:
    """Npm's sigstore sends JSON."""
    digest = base64.b64encode(hashlib.sha256(MESSAGE).digest()).decode()
    request = {"artifactHash": digest, "hashAlgorithm": "sha256", "nonce": 7, "certificates": True}

    response = decode_timestamp_response(
        virtual.timestamping.answer(json.dumps(request).encode(), is_json=True)
    )

    assert accepted(response, virtual)
    assert response.tst_info.nonce == 7


def test_a_stamp_says_the_clocks_time(virtual: VirtualSigstore) -> None:
    """Time is an argument here too."""
    request = TimestampRequestBuilder().data(MESSAGE).build().as_bytes()
    earlier = NOW - timedelta(days=3)

    with virtual.at(earlier):
        answer = virtual.timestamping.answer(request, is_json=False)

    assert decode_timestamp_response(answer).tst_info.gen_time == earlier


def test_two_stamps_have_different_serial_numbers(virtual: VirtualSigstore) -> None:
    """RFC 3161 requires it."""
    request = TimestampRequestBuilder().data(MESSAGE).build().as_bytes()

    first, second = (
        decode_timestamp_response(virtual.timestamping.answer(request, is_json=False)) for _ in range(2)
    )

    assert first.tst_info.serial_number != second.tst_info.serial_number


def test_a_stamp_is_for_one_message_and_by_one_authority(virtual: VirtualSigstore) -> None:
    """The acceptance by the independent client means something."""
    request = TimestampRequestBuilder().data(MESSAGE).build().as_bytes()
    response = decode_timestamp_response(virtual.timestamping.answer(request, is_json=False))

    with pytest.raises(VerificationError):
        accepted(response, virtual, b"another message")
    with pytest.raises(VerificationError):
        accepted(response, VirtualSigstore())


@pytest.mark.parametrize(
    ("request_", "is_json"),
    [
        pytest.param(b"", False, id="nothing"),
        pytest.param(b"0\x80", False, id="half a header"),
        pytest.param(b"nonsense", True, id="not JSON"),
        pytest.param({"artifactHash": "eA==", "hashAlgorithm": "sha256"}, True, id="a short digest"),
        pytest.param({"artifactHash": "eA==", "hashAlgorithm": "md5"}, True, id="another algorithm"),
        pytest.param({"hashAlgorithm": "sha256"}, True, id="no digest"),
    ],
)
def test_other_requests_are_refused(request_: Any, *, is_json: bool, virtual: VirtualSigstore) -> None:
    """Any bytes are answered with a refusal."""
    body = request_ if isinstance(request_, bytes) else json.dumps(request_).encode()

    with pytest.raises(RequestRefused) as refused:
        virtual.timestamping.answer(body, is_json=is_json)

    assert refused.value.status == 400


def test_a_der_request_cut_short_is_refused(virtual: VirtualSigstore) -> None:
    """At every length."""
    request = TimestampRequestBuilder().data(MESSAGE).nonce(nonce=True).build().as_bytes()

    for length in range(len(request)):
        with pytest.raises(RequestRefused):
            virtual.timestamping.answer(request[:length], is_json=False)
