"""The hints of `avow embed`: each is followed here, and an SBOM is written.

`test_hints.py` says which test follows which hint.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from support.command_line import Ended
from support.pipeline import COMPONENT, SHA256, Setting, declared_today, signer_rule
from support.virtual_sigstore import VirtualSigstore

from avow.values import utc_text

from .conftest import declaration as declared_in_yaml
from .test_hints import hint

Avow = Callable[..., Ended]
Json = dict[str, Any]

URL: Final = "https://acme.example/evidence/a.sigstore.json"
DIRECTORY: Final = "https://acme.example/evidence/"
PURL: Final = f"{COMPONENT}@2.4.1"
HASHES: Final = [{"alg": "SHA-256", "content": SHA256}]
ACMELIB: Final = {
    "type": "library",
    "bom-ref": "acmelib",
    "name": "acmelib",
    "version": "2.4.1",
    "purl": PURL,
}
EMBED: Final = ("embed", "product.cdx.json", "--output", "out.cdx.json")
STORE: Final = ("--bundle", "store", "--policy", "policy.yaml")
OTHER: Final = "22" * 32


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    """A signed declaration about acmelib, a policy, and an SBOM with acmelib, in the working directory."""
    monkeypatch.chdir(tmp_path)
    now = datetime.now(UTC).replace(microsecond=0)
    made = Setting(tmp_path, virtual=VirtualSigstore(now=now, organisation="acme trust"))
    made.sign(declared_today(), at=now)
    sbom(ACMELIB | {"hashes": HASHES})
    return made


def sbom(*components: Json, name: str = "product.cdx.json", **more: Any) -> None:
    """Write an SBOM with these components."""
    content = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}
    Path(name).write_text(json.dumps(content | more), encoding="utf-8")


def again(setting: Setting, *, name: str, **options: Any) -> Path:
    """Another bundle with the same declaration."""
    return setting.sign(declared_today(), at=datetime.now(UTC).replace(microsecond=0), name=name, **options)


def embedded(ended: Ended) -> bool:
    """The pointer was written."""
    return ended.code == 0 and DIRECTORY in Path("out.cdx.json").read_text(encoding="utf-8")


def example(ended: Ended) -> tuple[str, str]:
    """The option in the hint, with its value."""
    found = re.search(r"(--url) (https://\S+?)(?:;|$)", hint(ended))
    assert found is not None
    return found[1], found[2]


def test_where_a_bundle_is(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """The option as the hint writes it is accepted, after a wrong one, too."""
    missing = avow(*EMBED, *STORE)
    wrong = avow(*EMBED, *STORE, "--url", "https://me:pw@acme.example/a b")
    assert avow(*EMBED, *STORE, *example(missing)).code == 0
    assert avow(*EMBED, *STORE, *example(wrong)).code == 0


def test_when_somebody_looked(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """In the form of the hint, and not after the time that it names."""
    call = (*EMBED, *STORE, "--url", URL, "--looked-at")
    form = hint(avow(*call, "yesterday")).removeprefix("write it like ")
    now = datetime.now(UTC)
    said = hint(avow(*call, utc_text(now + timedelta(days=1)))).rpartition(" ")[2]
    assert len(said) == len(form)
    assert embedded(avow(*call, said))


@pytest.mark.parametrize(
    ("rest", "left"),
    [
        (("--format", "json"), ()),
        (("--format", "json"), ("--extract", "--format", "json")),
        (("--declaration", "policy.yaml"), ()),
    ],
)
def test_options_that_do_not_fit(
    avow: Avow,
    setting: Setting,  # noqa: ARG001  the working directory
    rest: tuple[str, ...],
    left: tuple[str, ...],
) -> None:
    """Omitted, or with the one that is missing."""
    call = (*EMBED, *STORE, "--url", URL)
    assert hint(avow(*call, *rest)).startswith("omit ")
    assert avow(*(("embed", "product.cdx.json", *left) if left else call)).code == 0


def test_names_of_components(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """Each identifier that the hint names is one; of two components, the one that is listed."""
    call = (*EMBED, *STORE, "--url", URL, "--component")
    assert "by its purl, bom-ref" in hint(avow(*call, "???"))
    assert embedded(avow(*call, PURL))
    assert embedded(avow(*call, "acmelib"))
    sbom(ACMELIB, ACMELIB | {"bom-ref": "again"})
    listed = hint(avow(*call, PURL)).partition("identifier: ")[2].split(", ")
    assert listed == ["acmelib", "again"]
    assert all(embedded(avow(*call, each)) for each in listed)


def test_no_digest(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """Named by a person, or with a digest in the SBOM."""
    call = (*EMBED, *STORE, "--url", URL)
    sbom({**ACMELIB, "purl": ""})
    assert "--component, or make the SBOM with SHA-256" in hint(avow(*call))
    assert embedded(avow(*call, "--component", "acmelib"))
    sbom({**ACMELIB, "purl": "", "hashes": HASHES})
    assert embedded(avow(*call))


def test_no_digest_of_the_package(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """The hint names the component."""
    call = (*EMBED, *STORE, "--url", URL)
    sbom(ACMELIB | {"hashes": [{"alg": "SHA-256", "content": OTHER}]}, ACMELIB | {"purl": f"{PURL}?a=b&c=d"})
    said = hint(avow(*call))
    assert said.startswith("if it is this artefact, say so with --component 'pkg:")
    assert embedded(avow(*call, *shlex.split(said)[-2:]))


def test_another_artefact_of_the_package(avow: Avow, setting: Setting) -> None:
    """With the bundle of this one."""
    call = (*EMBED, "--policy", "policy.yaml", "--url", DIRECTORY, "--bundle")
    sbom(ACMELIB | {"hashes": [{"alg": "SHA-256", "content": OTHER}]})
    assert hint(avow(*call, "store")).startswith("name the bundle of this artefact; another build")
    again(setting, name="b", sha256_hex=OTHER)
    assert embedded(avow(*call, "store/b.sigstore.json"))


@pytest.mark.parametrize(
    ("purl", "said"),
    [
        ("not a purl", "correct the purl in the SBOM, or where the SBOM is made"),
        ("pkg:npm/AcmeLib@1", "name the bundle of this package; if it is the same one, correct the purl in"),
    ],
)
def test_a_purl_to_correct(avow: Avow, setting: Setting, purl: str, said: str) -> None:  # noqa: ARG001  the working directory
    """It is corrected in the SBOM."""
    call = (*EMBED, *STORE, "--url", URL)
    sbom(ACMELIB | {"purl": purl, "hashes": HASHES})
    assert hint(avow(*call)).startswith(said)
    sbom(ACMELIB | {"hashes": HASHES})
    assert embedded(avow(*call))


def test_the_package_of_another_rule(avow: Avow, setting: Setting) -> None:
    """With the purl in the SBOM, or the right one in the policy."""
    call = (*EMBED, *STORE, "--url", URL)
    setting.ask(signers=(signer_rule(component="pkg:pypi/other"),))
    sbom({**ACMELIB, "purl": "", "hashes": HASHES})
    assert hint(avow(*call)) == "if it has no purl in the SBOM, add it; or correct `for` in the policy"
    setting.ask()
    assert embedded(avow(*call))
    sbom({**ACMELIB, "purl": f"{COMPONENT}@2.0", "hashes": HASHES})
    assert hint(avow(*call)) == "check its purl in the SBOM, the version included"
    sbom(ACMELIB | {"hashes": HASHES})
    assert embedded(avow(*call))


def test_another_digest(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """The component that the statement is about is the right one."""
    other = ACMELIB | {"bom-ref": "rebuilt", "hashes": [{"alg": "SHA-256", "content": OTHER}]}
    sbom(ACMELIB | {"hashes": HASHES}, other)
    call = (*EMBED, *STORE, "--url", URL, "--component")
    assert hint(avow(*call, "rebuilt")).startswith("check --component")
    assert embedded(avow(*call, "acmelib"))


def test_two_bundles_and_no_digest(avow: Avow, setting: Setting) -> None:
    """One of them, or the digest that says which."""
    again(setting, name="b", sha256_hex=OTHER)
    sbom(ACMELIB)
    call = (*EMBED, "--policy", "policy.yaml", "--url", DIRECTORY, "--component", "acmelib", "--bundle")
    assert hint(avow(*call, "store")) == "name one bundle, or add the component's SHA-256 to the SBOM"
    assert embedded(avow(*call, "store/a.sigstore.json"))
    sbom(ACMELIB | {"hashes": HASHES})
    assert embedded(avow(*call, "store"))


def test_no_purl(avow: Avow, setting: Setting) -> None:
    """With one, or with the signer by options."""
    setting.ask(signers=(signer_rule(), signer_rule(component="pkg:pypi/other")))
    sbom({**ACMELIB, "purl": "", "hashes": HASHES})
    call = (*EMBED, "--bundle", "store", "--url", URL)
    assert "add its purl to the SBOM" in hint(avow(*call, "--policy", "policy.yaml"))
    options = (
        *("--trusted-root", "pinned.json", "--repo", "acme/acmelib"),
        *("--signer-workflow", ".github/workflows/release.yml"),
    )
    assert embedded(avow(*call, *options))
    sbom(ACMELIB | {"hashes": HASHES})
    assert embedded(avow(*call, "--policy", "policy.yaml"))


def test_one_address_for_two_bundles(avow: Avow, setting: Setting) -> None:
    """The directory's address, with a slash."""
    again(setting, name="b", sha256_hex=OTHER)
    other = ACMELIB | {"bom-ref": "other", "hashes": [{"alg": "SHA-256", "content": OTHER}]}
    sbom(ACMELIB | {"hashes": HASHES}, other)
    assert "with / at its end" in hint(avow(*EMBED, *STORE, "--url", URL))
    assert embedded(avow(*EMBED, *STORE, "--url", DIRECTORY))


def test_two_bundles_of_one_name(avow: Avow, setting: Setting) -> None:
    """With another name for one of them, or one after the other."""
    first = Path("store/a.sigstore.json")
    Path("other").mkdir()
    first.rename("other/a.sigstore.json")
    again(setting, name="a")
    call = (*EMBED, "--policy", "policy.yaml")
    both = ("--bundle", "store", "--bundle", "other", "--url", DIRECTORY)
    assert "different file names" in hint(avow(*call, *both))
    for number, each in enumerate(("store", "other")):
        assert embedded(avow(*call, "--bundle", each, "--url", f"{DIRECTORY}{number}.json"))
    Path("other/a.sigstore.json").rename("other/b.sigstore.json")
    assert embedded(avow(*call, *both))


def test_two_bundles_in_one_file(avow: Avow, setting: Setting) -> None:
    """Each in a file of its own."""
    second = again(setting, name="b", sha256_hex=OTHER)
    lines = [json.dumps(json.loads(each.read_bytes())) for each in (Path("store/a.sigstore.json"), second)]
    Path("all.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    call = (*EMBED, "--policy", "policy.yaml", "--url", DIRECTORY, "--bundle")
    assert hint(avow(*call, "all.jsonl")) == "write each bundle into a file of its own"
    assert embedded(avow(*call, "store"))


def test_a_whole_declaration_in_an_old_format(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """Without it, or in a newer one."""
    call = (*EMBED, *STORE, "--url", URL)
    sbom(ACMELIB | {"hashes": HASHES}, specVersion="1.5")
    assert "omit --declarations" in hint(avow(*call, "--declarations"))
    assert embedded(avow(*call))
    sbom(ACMELIB | {"hashes": HASHES})
    assert embedded(avow(*call, "--declarations"))


# ---- a project's own


@pytest.fixture
def own(project: Path) -> Path:
    """The SBOM of the project's release."""
    root = {"type": "library", "bom-ref": "root", "name": "acmelib", "version": "2.4.1", "purl": PURL}
    sbom(ACMELIB, name="own.cdx.json", metadata={"component": root})
    return project / "own.cdx.json"


OWN: Final = ("embed", "own.cdx.json", "--output", "out.cdx.json")


def test_where_the_bundle_will_be(avow: Avow, own: Path) -> None:
    """As in the example."""
    assert own.exists()
    assert avow(*OWN, *example(avow(*OWN))).code == 0
    ended = avow(*OWN, "--url", DIRECTORY)
    assert example(ended)[1].startswith(DIRECTORY)
    assert embedded(avow(*OWN, *example(ended)))


def test_a_draft(avow: Avow, own: Path) -> None:
    """Read, corrected, checked with the commands of the hint."""
    path = own.parent / "avow.yaml"
    path.write_text(
        declared_in_yaml().replace("  TST-04:\n", "  TST-04:\n    draft: true\n"), encoding="utf-8"
    )
    assert hint(avow(*OWN, "--url", URL)) == "fix these, then run avow check and avow embed again"
    path.write_text(declared_in_yaml(), encoding="utf-8")
    assert avow("check").code == 0
    assert embedded(avow(*OWN, "--url", URL))


@pytest.mark.parametrize(
    "metadata", [{}, {"component": {"type": "library", "name": "x", "purl": "pkg:pypi/other@1"}}]
)
def test_the_sbom_of_something_else(avow: Avow, own: Path, metadata: Json) -> None:
    """With the component, or with the SBOM of the release."""
    right = own.read_bytes()
    sbom(ACMELIB, name="own.cdx.json", metadata=metadata)
    assert "--component" in hint(avow(*OWN, "--url", URL))
    assert embedded(avow(*OWN, "--url", URL, "--component", "acmelib"))
    own.write_bytes(right)
    assert embedded(avow(*OWN, "--url", URL))
