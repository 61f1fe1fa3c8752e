"""Forged, damaged and misleading bundles: each is refused for the right reason."""

from __future__ import annotations

from typing import Any

import pytest
from support.backends import open_backend
from support.bundle_mutations import HONEST, PROBLEMS, Case, World
from support.virtual_sigstore import NOW, VirtualSigstore, encoded

from avow.errors import AvowError, RootTooOld
from avow.subject import Digest
from avow.transparency.backend import VerifiedArtifact, VerifiedEnvelope


@pytest.fixture(scope="module")
def world() -> World:
    """Two instances; only the first one's root is trusted."""
    return World(VirtualSigstore(), VirtualSigstore())


def judge(bundle: bytes, root: bytes, world: World) -> VerifiedEnvelope | VerifiedArtifact:
    """The result of our verification of `bundle` under `root`."""
    backend = open_backend(root, now=NOW)
    if b'"messageSignature"' in bundle and b'"dsseEnvelope"' not in bundle:
        digest = Digest(algorithm="sha256", value=world.honest_digest)
        return backend.verify_artifact(bundle, digest=digest, location="case")
    return backend.verify(bundle, location="case")


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.name)
def test_honest_bundles_verify(case: Case, world: World) -> None:
    """Every supported form."""
    bundle, root = case.bytes_in(world)

    verified = judge(bundle, root, world)

    assert verified.root_sha256 == open_backend(root, now=NOW).root_sha256
    assert [each.moment for each in verified.times] == [NOW] * len(verified.times) != []
    if isinstance(verified, VerifiedEnvelope):
        assert verified.payload == world.statement()


@pytest.mark.parametrize("case", PROBLEMS, ids=lambda case: case.name)
def test_problems_are_refused(case: Case, world: World) -> None:
    """One problem each, refused with its own error."""
    bundle, root = case.bytes_in(world)

    with pytest.raises(AvowError) as refusal:
        judge(bundle, root, world)

    assert type(refusal.value) is case.refusal
    assert refusal.value.location == "case"
    assert "\n" not in refusal.value.message
    assert len(refusal.value.message) < 500


def test_refusals_differ_from_each_other() -> None:
    """The table would prove nothing if one class of error stood for everything."""
    assert len({case.refusal for case in PROBLEMS}) == 5
    assert len({case.name for case in (*HONEST, *PROBLEMS)}) == len((*HONEST, *PROBLEMS))


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.name)
def test_a_foreign_root_is_too_old_for_all(case: Case, world: World) -> None:
    """Under another instance's root nothing is reported as tampering, and nothing verifies."""
    bundle, _ = case.bytes_in(world)

    with pytest.raises(RootTooOld):
        judge(bundle, world.foreign.root(), world)


def test_nothing_is_remembered_across_problems(world: World) -> None:
    """A certificate with a cached path, SCT and claims does not help another envelope or entry."""
    signer: Any = world.honest.person()
    good = world.honest.bundle(world.statement(), signer=signer)
    other = world.honest.bundle(b"{}", signer=signer)

    backend = open_backend(world.honest.root(), now=NOW)
    backend.verify(encoded(good), location="good")
    for field in ("dsseEnvelope", "verificationMaterial"):
        with pytest.raises(AvowError):
            backend.verify(encoded(good | {field: other[field]}), location="mixed")
