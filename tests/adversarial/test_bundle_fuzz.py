"""Any bytes give one of our errors, or exactly the signed payload; never another exception."""

from __future__ import annotations

import base64
import copy
import json
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.backends import open_backend, open_keyed_backend
from support.bundle_mutations import ARTEFACT, World
from support.virtual_sigstore import NOW, V01, VirtualSigstore, encoded

from avow.errors import EvidenceRejected, RootTooOld, UnsupportedEvidence
from avow.sandbox.wire import key_pem
from avow.subject import Digest

pytestmark = pytest.mark.slow

fuzz = settings(derandomize=True, max_examples=400, deadline=None, database=None)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "AAAA", "0", "-1", "9" * 30, "\ud800", "SHA2_512", "0.0.1", "0.0.2", "dsse", V01])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)


@cache
def worlds() -> tuple[World, bytes, bytes, tuple[dict[str, Any], ...]]:
    """An instance, its root, a managed key in PEM, and one honest bundle of each kind."""
    honest = VirtualSigstore()
    world = World(honest, VirtualSigstore())
    key, workflow, payload = honest.managed_key(), honest.github(), world.statement()
    bundles = (
        honest.bundle(payload, signer=workflow),
        honest.bundle(payload, signer=workflow, tsa=True),
        honest.bundle(payload, signer=workflow, rekor=2),
        honest.bundle(payload, signer=workflow, media_type=V01),
        honest.message_bundle(ARTEFACT, signer=workflow),
        honest.message_bundle(ARTEFACT, signer=workflow, rekor=2),
        honest.bundle(payload, signer=key, tsa=True),
        honest.bundle(payload, signer=key, rekor=2),
        honest.message_bundle(ARTEFACT, signer=key),
    )
    return world, honest.root(), key_pem(key.key.public_key()).encode(), bundles


def survive(bundle: bytes) -> None:
    """Both backends, with both kinds of content, refuse or return exactly what was signed."""
    world, root, key, _ = worlds()
    digest = Digest(algorithm="sha256", value=world.honest_digest)
    for backend in (open_backend(root, now=NOW), open_keyed_backend(root, key=key, now=NOW)):
        with suppress(EvidenceRejected, UnsupportedEvidence, RootTooOld):
            envelope = backend.verify(bundle, location="fuzz")
            assert envelope.payload == world.statement()
            assert envelope.payload_type == "application/vnd.in-toto+json"
        with suppress(EvidenceRejected, UnsupportedEvidence, RootTooOld):
            backend.verify_artifact(bundle, digest=digest, location="fuzz")


@fuzz
@given(
    which=st.integers(0, 8),
    edits=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=4),
)
def test_changed_bytes(which: int, edits: list[tuple[int, int]]) -> None:
    """Bytes replaced anywhere, in the JSON and inside its base64."""
    bundle = bytearray(encoded(worlds()[3][which]))
    for position, value in edits:
        bundle[position % len(bundle)] = value
    survive(bytes(bundle))


@fuzz
@given(
    which=st.integers(0, 8), start=st.integers(0, 20_000), length=st.integers(1, 4000), twice=st.booleans()
)
def test_pieces_cut_or_doubled(which: int, start: int, length: int, *, twice: bool) -> None:
    """A piece is missing, or occurs twice."""
    bundle = encoded(worlds()[3][which])
    start %= len(bundle)
    piece = bundle[start : start + length]
    survive(bundle[:start] + (piece * 2 if twice else b"") + bundle[start + length :])


@fuzz
@given(
    which=st.integers(0, 8),
    other=st.integers(0, 8),
    path=st.integers(0, 10_000),
    how=st.integers(0, 3),
    value=values,
)
def test_changed_values(which: int, other: int, path: int, how: int, value: Any) -> None:
    """Any member: replaced by any value or another bundle's, removed, or with one bit changed."""
    bundles = worlds()[3]
    bundle = copy.deepcopy(bundles[which])
    places = list(_places(bundle))
    parent, key = places[path % len(places)]
    if how == 0:
        parent[key] = value
    elif how == 1:
        del parent[key]
    elif how == 2:
        donors = list(_places(copy.deepcopy(bundles[other])))
        donor, donor_key = donors[path % len(donors)]
        parent[key] = donor[donor_key]
    else:
        _flip(parent, key, path)
    survive(json.dumps(bundle).encode())


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from _places(item)


def _flip(parent: Any, key: Any, bit: int) -> None:
    """Flip one bit in the bytes of base64 text, as an attacker with the right tools would."""
    try:
        raw = bytearray(base64.b64decode(parent[key], validate=True))
        raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    except (TypeError, ValueError, ZeroDivisionError):
        return
    parent[key] = base64.b64encode(bytes(raw)).decode()
