"""Shows the whole process: draft, review, build, attest, verify; forgeries, all refused; a survey.

Run it with `make demo`, which prepares everything. It uses the same commands as people do, and a Sigstore
inside this process; nothing leaves the machine. Only a person can review a draft, so the demo uses a stand-in
and says so.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from avow import Verifier, subject_of
from avow.formats.purl import parse_purl
from avow.sandbox import Sandbox, write_files

HERE: Final = Path(__file__).parent
REPOSITORY: Final = HERE.parent.parent
WORKFLOW: Final = ".github/workflows/release.yml"
STAND_IN_REPOSITORY: Final = "example/project"
DATE_FORMAT: Final = "%Y-%m-%d"


class StepFailed(Exception):
    """A step did not end as expected."""


@dataclass(frozen=True)
class Release:
    """One release of the project, with everything needed to sign it."""

    directory: Path
    checkout: Path
    version: str
    artefacts: tuple[Path, ...]
    repository: str
    purl: str
    commit: str | None

    @property
    def versioned_purl(self) -> str:
        """Which component the consumer says the artefact is, with its version."""
        return f"{self.purl}@{self.version}"

    @property
    def ref(self) -> str:
        """The tag of the release."""
        return f"refs/tags/v{self.version}"

    @property
    def identity(self) -> str:
        """The identity of the workflow that may sign it."""
        return f"https://github.com/{self.repository}/{WORKFLOW}@{self.ref}"


def main() -> int:
    """Run the demo; 0 if every step ended as expected."""
    options = argparse.ArgumentParser(description="Avow from draft to verification, in a local sandbox.")
    options.add_argument("--directory", type=Path, required=True, help="where all files are written")
    options.add_argument("--project", type=Path, help="the checkout to use; default: this repository")
    chosen = options.parse_args()
    directory = chosen.directory.resolve()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    try:
        with Sandbox() as sandbox:
            run(sandbox, directory, project=chosen.project)
    except StepFailed as failure:
        say(f"\nThis step did not end as expected: {failure}")
        return 1
    say(f"\nEvery step ended as expected. All files are in {chosen.directory}.")
    return 0


def run(sandbox: Sandbox, directory: Path, *, project: Path | None) -> None:
    """All steps, in order."""
    own = project is None
    write_files(sandbox, directory / "sandbox")

    title("1. Draft a declaration from a checkout")
    checkout = directory / "checkout"
    copy_checkout(project or REPOSITORY, checkout)
    avow("init", "--force", "--compliance-md", directory / "COMPLIANCE.md", at=checkout, expect=0)
    say(f"   a copy of the draft: {keep(checkout / 'avow.yaml', directory / 'draft.avow.yaml')}")

    title("2. A person reviews every draft. Here a stand-in does this, only for the demo")
    stand_in(checkout / "avow.yaml", answers=HERE / "answers.yaml" if own else None)
    avow("check", at=checkout, expect=0)

    title("3. Build the release")
    release = build(directory, checkout, own=own)
    for artefact in release.artefacts:
        say(f"   {artefact.name}")

    title("4. Sign the declaration for it, with the identity of the release workflow")
    attest(sandbox, release, repository=release.repository, output=directory / "release", expect=0)

    title("5. Verify it as a manufacturer, against identity and policy")
    policy = write_policy(sandbox, release, accept=own)
    bundle = only_bundle(directory / "release")
    verify(
        release.artefacts[0],
        policy=policy,
        bundle=bundle,
        purl=release.versioned_purl,
        expect=(0,) if own else (0, 1),
    )

    forgeries(sandbox, release, policy=policy, bundle=bundle)
    survey(directory)


def forgeries(sandbox: Sandbox, release: Release, *, policy: Path, bundle: Path) -> None:
    """Five attempts to get an undeserved yes."""
    artefact, directory, purl = release.artefacts[0], release.directory, release.versioned_purl

    title("6. Forgery: the artefact is replaced")
    swapped = directory / "forged" / "swapped" / artefact.name
    swapped.parent.mkdir(parents=True)
    swapped.write_bytes(artefact.read_bytes() + b"\n")
    verify(swapped, policy=policy, bundle=bundle, purl=purl, expect=(4,), because="subject-mismatch")

    title("7. Forgery: somebody else signs a copy that names their repository")
    foreign = directory / "forged" / "foreign-signer"
    attest(sandbox, release, repository="mallory/mirror", output=foreign, expect=0)
    verify(
        artefact,
        policy=policy,
        bundle=only_bundle(foreign),
        purl=purl,
        expect=(4,),
        because="identity-mismatch",
    )

    title("8. Forgery: the allowed workflow is called from a foreign repository")
    called = directory / "forged" / "foreign-caller"
    attest(
        sandbox,
        release,
        repository="mallory/app",
        called_workflow=f"{release.repository}/{WORKFLOW}@{release.ref}",
        output=called,
        expect=0,
    )
    verify(
        artefact,
        policy=policy,
        bundle=only_bundle(called),
        purl=purl,
        expect=(4,),
        because="identity-mismatch",
    )

    title("9. Forgery: the signed declaration is edited")
    edited = directory / "forged" / "edited" / bundle.name
    edited.parent.mkdir(parents=True)
    edited.write_bytes(edit(bundle.read_bytes()))
    verify(artefact, policy=policy, bundle=edited, purl=purl, expect=(4,), because="signature-rejected")

    title("10. The genuine declaration, three years from now")
    later = datetime.now(UTC) + timedelta(days=3 * 365)
    verify_later(artefact, policy=policy, bundle=bundle, purl=purl, now=later, because="expired on")


def survey(directory: Path) -> None:
    """The manufacturer's first day: a product whose components nobody has signed anything about."""
    title("11. Survey a product: what is in it, what is known about it, what was not looked at")
    product = directory / "product"
    shutil.copytree(REPOSITORY / "examples" / "product", product, ignore=shutil.ignore_patterns("*.py"))
    say("   an invented device, with sample data about it: nothing that it says is true")
    avow("start", "--name", "Sample gateway", at=product, expect=0)
    avow(
        "data", "add", "data",
        "--origin", "sample data of Avow",
        "--licence", "Apache-2.0",
        "--retrieved", "2026-11-20",
        at=product,
        expect=0,
    )  # fmt: skip
    avow(
        "survey",
        "--findings", "findings/sample-gateway.openvex.json",
        "--evidence", "evidence",
        at=product,
        expect=0,
    )  # fmt: skip
    say(f"   open it in a browser: {product / 'survey.html'}")


def copy_checkout(source: Path, target: Path) -> None:
    """Clone the git repository, or copy the directory if it is not one."""
    if (source / ".git").exists():
        command(["git", "clone", "--quiet", "--no-hardlinks", str(source.resolve()), str(target)])
        origin = output(["git", "-C", str(source), "config", "--get", "remote.origin.url"])
        if origin:
            command(["git", "-C", str(target), "remote", "set-url", "origin", origin])
        else:
            command(["git", "-C", str(target), "remote", "remove", "origin"])
    else:
        shutil.copytree(source, target, symlinks=True)


def stand_in(path: Path, *, answers: Path | None) -> None:
    """Do what a person does with a draft: add answers, remove what has no answer, add dates."""
    yaml = YAML()
    draft = yaml.load(path)
    if answers:
        for key, value in yaml.load(answers).items():
            draft[key] = {**(draft.get(key) or {}), **value} if isinstance(value, Mapping) else value
    if not answers:  # which a person fills in, too
        draft["declarant"]["relationship"] = "maintainer"
    today = datetime.now(UTC).strftime(DATE_FORMAT)
    kept = {}
    for practice, entry in (draft.get("practices") or {}).items():
        read = {key: value for key, value in (entry or {}).items() if key != "draft"}
        if "status" in read:
            kept[practice] = {**read, "reviewedAt": today}
    dropped = [practice for practice in draft.get("practices") or {} if practice not in kept]
    if dropped:
        say(f"   removed, because nobody has answered them: {', '.join(dropped)}")
    if not kept:  # even a project whose files say nothing can make one honest statement
        kept["TST-04"] = {"status": "notImplemented", "reviewedAt": today}
        say("   added, so that there is something to sign: TST-04 notImplemented")
    draft["practices"] = kept
    yaml.dump(draft, path)
    if answers:
        say(f"   prepared answers, made up for the demo: {answers.name}")
    say("   STAND-IN: nobody has reviewed these answers. In real use, a person must, and dates each one.")


def build(directory: Path, checkout: Path, *, own: bool) -> Release:
    """Build the artefacts: sdist and wheel for this repository, a source archive for any other."""
    declared = YAML(typ="safe").load(checkout / "avow.yaml")
    project = declared["project"]
    commit = output(["git", "-C", str(checkout), "rev-parse", "HEAD"]) or None
    dist = directory / "dist"
    if own:
        command([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist), str(checkout)])
        version = next(dist.glob("*.tar.gz")).name.removesuffix(".tar.gz").rpartition("-")[2]
    else:
        dist.mkdir()
        version = "1.0.0"
        name = Path(str(project["name"])).name or "project"
        shutil.make_archive(str(dist / f"{name}-{version}"), "gztar", checkout)
    source = str(project.get("source", ""))
    on_github = source.startswith("https://github.com/")
    stated = project.get("purl")
    generic = re.sub("[^a-z0-9-]+", "-", Path(str(project["name"])).name.lower()).strip("-")
    return Release(
        directory=directory,
        checkout=checkout,
        version=version,
        artefacts=tuple(sorted(dist.iterdir())),
        repository=source.removeprefix("https://github.com/").removesuffix(".git")
        if on_github
        else STAND_IN_REPOSITORY,
        purl=str(stated or f"pkg:generic/{generic or 'project'}"),
        commit=commit,
    )


def attest(
    sandbox: Sandbox,
    release: Release,
    *,
    repository: str,
    output: Path,
    expect: int,
    called_workflow: str | None = None,
) -> None:
    """`avow attest`, with the token that a workflow run of `repository` would get."""
    declaration = release.checkout / "avow.yaml"
    if repository != release.repository or repository == STAND_IN_REPOSITORY:
        # A forger must edit the declaration to match the signing repository, or signing refuses.
        declaration = release.checkout / f"{repository.replace('/', '-')}.avow.yaml"
        document = YAML()
        content = document.load(release.checkout / "avow.yaml")
        content["project"]["source"] = f"https://github.com/{repository}"
        document.dump(content, declaration)
    token = sandbox.github_token(
        repository=repository,
        workflow=WORKFLOW,
        ref=release.ref,
        sha=release.commit,
        called_workflow=called_workflow,
    )
    avow(
        "attest",
        *release.artefacts,
        "--release", release.version,
        "--declaration", declaration,
        "--trust-config", release.directory / "sandbox" / "client_trust_config.json",
        "--identity-token", token,
        "--output-directory", output,
        at=release.directory,
        expect=expect,
        hide=token,
    )  # fmt: skip


def write_policy(sandbox: Sandbox, release: Release, *, accept: bool, root: Path | None = None) -> Path:
    """Write a policy with the release workflow as signer, the sandbox's root, and the light profile."""
    root = root or release.directory / "sandbox" / "trusted_root.json"
    path = root.parent / "policy.yaml"
    component = str(parse_purl(release.purl))
    policy: dict[str, Any] = {
        "avow-policy": 1,
        "name": "demo",
        "profile": "orc-light",
        "trust": {"sandbox": {"root": root.name, "sha256": hashlib.sha256(root.read_bytes()).hexdigest()}},
        "signers": [
            {
                "for": component,
                "relationship": "maintainer",
                "root": "sandbox",
                "issuer": sandbox.url,
                "identity": release.identity,
                "sourceRepository": f"https://github.com/{release.repository}",
            }
        ],
    }
    if accept:
        until = datetime.now(UTC) + timedelta(days=180)
        policy["acceptedGaps"] = [
            {
                "practice": "SRC-03",
                "for": component,
                "versions": f"vers:pypi/{release.version}",
                "because": "the project has one maintainer",
                "measure": "we review samples of the changes between the versions that we adopt",
                "owner": "product security",
                "ticket": "DEMO-1",
                "until": until.strftime(DATE_FORMAT),
            }
        ]
    yaml = YAML()
    yaml.dump(policy, path)
    return path


def verify(
    artefact: Path,
    *,
    policy: Path,
    bundle: Path,
    purl: str,
    expect: tuple[int, ...],
    because: str = "",
) -> None:
    """Run `avow verify`, which must end with an exit code in `expect` and print `because`."""
    printed = avow(
        "verify",
        artefact,
        "--policy", policy,
        "--bundle", bundle,
        "--insecure-sandbox",
        "--purl", purl,
        at=policy.parent,
        expect=expect,
    )  # fmt: skip
    if because not in printed:
        raise StepFailed(f"the result does not contain {because}")


def edit(bundle: bytes) -> bytes:
    """The same bundle with an edited statement, valid until 2099."""
    document = json.loads(bundle)
    statement = base64.b64decode(document["dsseEnvelope"]["payload"])
    changed = re.sub(rb'"validUntil":"[0-9]{4}', b'"validUntil":"2099', statement)
    document["dsseEnvelope"]["payload"] = base64.b64encode(changed).decode()
    return json.dumps(document).encode()


def verify_later(
    artefact: Path, *, policy: Path, bundle: Path, purl: str | None, now: datetime, because: str
) -> None:
    """Verify the artefact at `now`, through the Python API, which takes the time as an argument."""
    verifier = Verifier.from_policy(policy, accept_sandbox=True)
    report = verifier.verify(subject_of(artefact, purl=purl), bundles=[bundle], now=now)
    (decision,) = report
    reasons = [finding.reason for finding in decision.findings if because in finding.reason]
    say(f"   verdict on {now.date()}: {decision.verdict}")
    for reason in reasons[:1]:
        say(f"   {reason}")
    if report.is_satisfied or not reasons:
        raise StepFailed(f"the result is {decision.verdict} and does not contain {because}")


def avow(*arguments: object, at: Path, expect: int | tuple[int, ...], hide: str = "") -> str:
    """Run one command as a person would, print it with its output, and check its exit code."""
    words = [str(each) for each in arguments]
    shown = " ".join(
        "TOKEN" if hide and word == hide
        else os.path.relpath(word, at) if Path(word).is_absolute()
        else word
        for word in words
    )  # fmt: skip
    say(f"   {os.path.relpath(at)}$ avow {shown}")
    with chdir(at):
        finished = subprocess.run(  # noqa: S603  our own command and arguments
            [sys.executable, "-m", "avow", *words], check=False, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    for line in finished.stdout.splitlines():
        say(f"     {line}")
    expected = expect if isinstance(expect, tuple) else (expect,)
    if finished.returncode not in expected:
        raise StepFailed(
            f"avow {words[0]} ended with {finished.returncode}, expected {' or '.join(map(str, expected))}"
        )
    return finished.stdout


def only_bundle(directory: Path) -> Path:
    """The only bundle in `directory`."""
    (bundle,) = directory.glob("*.practices.sigstore.json")
    return bundle


def keep(path: Path, copy: Path) -> str:
    """Copy the file; returns the name of the copy."""
    shutil.copyfile(path, copy)
    return copy.name


def command(words: list[str]) -> None:
    """Run a tool that must succeed."""
    finished = subprocess.run(words, check=False, capture_output=True, text=True)  # noqa: S603  our own arguments
    if finished.returncode:
        raise StepFailed(f"{words[0]} failed: {finished.stderr.strip()[-2000:]}")


def output(words: list[str]) -> str:
    """The output of a tool; empty if it fails."""
    return subprocess.run(words, check=False, capture_output=True, text=True).stdout.strip()  # noqa: S603  see above


def title(text: str) -> None:
    """Print the title of a step."""
    say(f"\n{text}")


def say(text: str) -> None:
    """Print one line at once, so that the order is right."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
