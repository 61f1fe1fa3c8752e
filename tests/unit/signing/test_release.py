"""A release has one name: on the command line, in file names, tag and purl."""

from __future__ import annotations

import pytest

from avow.signing.release import disagreements


def messages(
    release: str,
    *names: str,
    tag: str | None = None,
    purl_type: str | None = "pypi",
    project: str = "acme-lib",
) -> list[str]:
    """What does not fit."""
    found = list(disagreements(release, project=project, names=names, tag=tag, purl_type=purl_type))
    assert all(each.fix for each in found)
    return [each.message for each in found]


@pytest.mark.parametrize(
    "tag",
    [
        "refs/tags/v2.4.1",
        "refs/tags/2.4.1",
        "refs/tags/lib/v2.4.1",
        "refs/tags/acme-lib@2.4.1",
        "refs/tags/REL_2_4_1",
        "refs/tags/v2.4.1-final",
        "refs/tags/v02.04.01",
        "refs/heads/main",
        None,
    ],
)
def test_tags_of_the_release(tag: str | None) -> None:
    """However projects write them; a branch says nothing."""
    assert messages("2.4.1", tag=tag) == []


@pytest.mark.parametrize(
    "tag", ["refs/tags/v2.4.0", "refs/tags/v2.4", "refs/tags/v12.4.1", "refs/tags/nightly"]
)
def test_the_tag_of_another_release(tag: str) -> None:
    """The job was started for something else."""
    (message,) = messages("2.4.1", tag=tag)
    assert tag.removeprefix("refs/tags/") in message


@pytest.mark.parametrize(
    "name",
    [
        "acme-lib-2.4.1.tar.gz",
        "acme_lib-2.4.1-py3-none-any.whl",
        "Acme.Lib.zip",
        "acme-lib.tar.gz",
        "acme-lib-linux-5.10-x86_64",
        "acme-lib-v2.4.1-linux-arm64.tgz",
        "acme-lib-2.4.1-1.x86_64.rpm",
        "other-1.0.zip",
        "SHA256SUMS",
    ],
)
def test_names_of_the_release(name: str) -> None:
    """The version after the project's name, or none; platforms and other projects have numbers, too."""
    assert messages("2.4.1", name) == []


@pytest.mark.parametrize(
    "name", ["acme-lib-2.4.0.tar.gz", "acme_lib-2.5-py3-none-any.whl", "acme-lib-v3.tgz"]
)
def test_the_artefacts_of_another_release(name: str) -> None:
    """Left over from an earlier build."""
    (message,) = messages("2.4.1", name)
    assert name in message


def test_a_version_with_a_v() -> None:
    """Where the ecosystem has none, no consumer would ask for it; Go's do."""
    assert messages("v2.4.1") == ["release v2.4.1 begins with a v, and versions of type pypi don't"]
    assert messages("v2.4.1", purl_type="golang") == messages("v2.4.1", purl_type=None) == []


def test_a_release_without_numbers() -> None:
    """There is nothing to compare."""
    assert messages("tumbleweed", "acme-lib-1.0.tar.gz", tag="refs/tags/v1") == []
