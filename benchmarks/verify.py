"""CPU time per bundle: Avow, stock sigstore-python, and the signatures that any verifier has to check.

    python benchmarks/verify.py [--json] [--bundles 60] [--rounds 5]

The sandbox's own services mint each shape: 60 bundles with a new certificate each, and 60 under one
certificate. The three contestants take turns with each bundle, in the same process; of five rounds the best
counts. Ratios to the floor can be compared between machines, milliseconds can't. The exit code is 1 if a
ratio is over its limit.

The floor: one P-384 signature for the leaf certificate, one for the timestamp token where there is one, and
the log's, the CT log's and the envelope's signatures, over the bundle's own bytes, with keys already parsed.
An entry of Rekor v1 has two signatures of its log, on the checkpoint and on the promise; one of v2 has only
the former.
Under one certificate, its own signature and its CT log's are checked once, so they are not in the floor.
"""

# ruff: noqa: SLF001  the floor and stock contestants are built from sigstore-python's private parts

from __future__ import annotations

import argparse
import base64
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sigstore import dsse
from sigstore._internal.sct import _get_signed_certificate_timestamp, _pack_digitally_signed
from sigstore._utils import KeyID, key_id
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore_models.trustroot import v1

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.virtual_sigstore import NOW, VirtualSigstore, encoded, statement

from avow.transparency import open_backend
from avow.transparency import sigstore as verification

LIMITS: Final = {
    ("fresh", "v1"): 2.1,
    ("fresh", "tsa"): 3.3,
    ("one", "v1"): 4.4,
    ("one", "tsa"): 5.0,
}
"""The promised ratios to the floor, by certificates and kind of bundle."""

LIMIT_TO_STOCK: Final = 1.3
"""The same of a single bundle, with the root opened for it, to stock sigstore-python: we also read every
claim, strictly, and the windows of the root."""

Check = Callable[[], None]


class _AnySigner:
    """The verification policy of the stock contestant; ours compares identities later as well."""

    def verify(self, cert: x509.Certificate) -> None:
        """Accept `cert`."""


@dataclass(frozen=True)
class Shape:
    """Bundles of one kind, and the signatures in each of them."""

    name: str
    certificates: str
    bundles: tuple[bytes, ...]
    floor: tuple[tuple[Check, ...], ...]


def shapes(virtual: VirtualSigstore, *, count: int) -> list[Shape]:
    """All measured combinations."""
    found = []
    for name, rekor, tsa in (
        ("Rekor v1", 1, False),
        ("Rekor v1 + TSA", 1, True),
        ("Rekor v2 + TSA", 2, True),
    ):
        for certificates in ("fresh", "one"):
            signer = virtual.github()
            bundles: list[bytes] = []
            for number in range(count):
                if certificates == "fresh":
                    signer = virtual.github()
                payload = statement({"number": number})
                bundles.append(encoded(virtual.bundle(payload, signer=signer, rekor=rekor, tsa=tsa)))
            kept = certificates == "one"
            floor = tuple(signatures(virtual, bundle, rekor=rekor, kept=kept) for bundle in bundles)
            found.append(Shape(name, certificates, tuple(bundles), floor))
    return found


def signatures(virtual: VirtualSigstore, raw: bytes, *, rekor: int, kept: bool) -> tuple[Check, ...]:
    """One call for each signature in `raw` that every verifier must check.

    With `kept`, those that are about the certificate alone are left out.
    """
    bundle = Bundle.from_json(raw)
    leaf, entry = bundle.signing_certificate, bundle.log_entry
    issuer = virtual.authority.intermediate.certificate
    sct = _get_signed_certificate_timestamp(leaf)
    signed_sct = _pack_digitally_signed(sct, leaf, KeyID(key_id(_public(issuer))))
    log = virtual.rekor_v1 if rekor == 1 else virtual.rekor_v2
    material: Any = json.loads(raw)
    logged = material["verificationMaterial"]["tlogEntries"][0]
    note, _, tail = logged["inclusionProof"]["checkpoint"]["envelope"].partition("\n\n")
    checkpoint = base64.b64decode(tail.split()[2])[4:]
    signature = base64.b64decode(material["dsseEnvelope"]["signatures"][0]["sig"])
    payload = base64.b64decode(material["dsseEnvelope"]["payload"])
    signed = dsse._pae(material["dsseEnvelope"]["payloadType"], payload)
    leaf_key, issuer_key, ct_key = _public(leaf), _public(issuer), virtual.authority.ct_log.key.public_key()
    sha256, sha384 = ec.ECDSA(hashes.SHA256()), ec.ECDSA(hashes.SHA384())
    log_key: Any = log.public_key
    log_scheme = (sha256,) if rekor == 1 else ()
    certificate: list[Check] = [
        lambda: issuer_key.verify(leaf.signature, leaf.tbs_certificate_bytes, sha384),
        lambda: ct_key.verify(sct.signature, signed_sct, sha256),
    ]
    checks: list[Check] = [
        *(() if kept else certificate),
        lambda: log_key.verify(checkpoint, f"{note}\n".encode(), *log_scheme),
        lambda: leaf_key.verify(signature, signed, sha256),
    ]
    if rekor == 1:
        promise = base64.b64decode(logged["inclusionPromise"]["signedEntryTimestamp"])
        promised = entry._encode_canonical()
        checks.append(lambda: log_key.verify(promise, promised, sha256))
    if bundle.verification_material.timestamp_verification_data:
        # The token's signature is over attributes that rfc3161-client does not hand out; one of the same
        # length by the same key costs the same.
        stamping_key = virtual.timestamping.leaf.key
        attributes = bytes(200)
        token = stamping_key.sign(attributes, sha256)
        checks.append(lambda: stamping_key.public_key().verify(token, attributes, sha256))
    return tuple(checks)


def _public(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    return cast("ec.EllipticCurvePublicKey", certificate.public_key())


def measure(shape: Shape, root: bytes, *, rounds: int) -> dict[str, float]:
    """Milliseconds of CPU time per bundle with one root open.

    In each round all bundles are taken in turn, as in a batch, each by every contestant, of whom another
    one is the first each time. Each bundle counts with its best of `rounds`: what other programs take from
    the machine only ever adds.
    """
    stock = Verifier(trusted_root=TrustedRoot(v1.TrustedRoot.from_json(root)))
    anyone = _AnySigner()
    backend = open_backend(root)
    contestants: dict[str, Callable[[int], object]] = {
        "ours": lambda index: backend.verify(shape.bundles[index], location="benchmark", now=NOW),
        "stock": lambda index: stock.verify_dsse(Bundle.from_json(shape.bundles[index]), anyone),
        "floor": lambda index: [check() for check in shape.floor[index]],
    }
    best = {name: [float("inf")] * len(shape.bundles) for name in contestants}
    for _ in range(rounds):
        # A newly opened root: nothing about these certificates is cached from the round before.
        verification.forget()
        backend = open_backend(root)
        _take_turns(best, contestants)
    return {name: statistics.mean(spent) for name, spent in best.items()}


def single(shape: Shape, root: bytes, *, rounds: int) -> dict[str, float]:
    """The same for a single bundle: the root is opened and one bundle verified, as by one command."""
    anyone = _AnySigner()

    def ours(index: int) -> None:
        verification.forget()
        open_backend(root).verify(shape.bundles[index], location="benchmark", now=NOW)

    def stock(index: int) -> None:
        verifier = Verifier(trusted_root=TrustedRoot(v1.TrustedRoot.from_json(root)))
        verifier.verify_dsse(Bundle.from_json(shape.bundles[index]), anyone)

    best = {name: [float("inf")] * len(shape.bundles) for name in ("ours", "stock")}
    for _ in range(rounds):
        _take_turns(best, {"ours": ours, "stock": stock})
    return {name: statistics.mean(spent) for name, spent in best.items()}


def _take_turns(best: dict[str, list[float]], contestants: dict[str, Callable[[int], object]]) -> None:
    """Each bundle by each contestant, and keep the best time of each."""
    names = list(contestants)
    for index in range(len(best[names[0]])):
        first = index % len(names)
        for name in (*names[first:], *names[:first]):
            spent = _cpu(lambda: contestants[name](index))  # noqa: B023  called at once
            best[name][index] = min(best[name][index], spent)


def _cpu(action: Callable[[], object]) -> float:
    """Milliseconds of CPU time that `action` takes."""
    start = time.process_time()
    action()
    return (time.process_time() - start) * 1e3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table or JSON; 1 if a limit is not kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bundles", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    virtual = VirtualSigstore()
    root = virtual.root()
    rows: list[dict[str, Any]] = []
    for shape in shapes(virtual, count=options.bundles):
        stamped = "tsa" if "TSA" in shape.name else "v1"
        kept = measure(shape, root, rounds=options.rounds)
        rows.append(
            {
                "shape": shape.name,
                "certificates": shape.certificates,
                **{f"{name}Ms": round(value, 3) for name, value in kept.items()},
                "toFloor": round(kept["ours"] / kept["floor"], 2),
                "limit": LIMITS[shape.certificates, stamped],
                "stockToFloor": round(kept["stock"] / kept["floor"], 2),
                "toStock": round(kept["ours"] / kept["stock"], 2),
            }
        )
        if shape.certificates == "fresh":
            alone = single(shape, root, rounds=options.rounds)
            rows[-1]["singleToStock"] = round(alone["ours"] / alone["stock"], 2)
            rows[-1]["singleLimit"] = LIMIT_TO_STOCK
    over = sum(row["toFloor"] > row["limit"] or row.get("singleToStock", 0) > LIMIT_TO_STOCK for row in rows)
    if options.json:
        print(json.dumps(rows, indent=2))
        return int(bool(over))
    print(f"{'shape':15} {'certificates':13} {'ours':>6} {'stock':>6} {'floor':>6}  ms CPU per bundle")
    for row in rows:
        print(
            f"{row['shape']:15} {row['certificates']:13}"
            f" {row['oursMs']:6.2f} {row['stockMs']:6.2f} {row['floorMs']:6.2f}"
            f"  ours/floor {row['toFloor']:.2f} (at most {row['limit']})"
            f"  stock/floor {row['stockToFloor']:.2f}  ours/stock {row['toStock']:.2f}"
        )
    print()
    for row in rows:
        if "singleToStock" in row:
            print(
                f"{row['shape']:15} one bundle, root opened for it:"
                f" ours/stock {row['singleToStock']:.2f} (at most {row['singleLimit']})"
            )
    if over:
        print(f"\n{over} of {len(rows)} shapes are over a limit")
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
