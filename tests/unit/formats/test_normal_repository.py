"""Addresses of source repositories, as SBOMs and package metadata write them."""

from __future__ import annotations

import pytest

from avow.formats.repository import MAX_ADDRESS_CHARACTERS, normal_repository


@pytest.mark.parametrize(
    "uri",
    [
        "https://github.com/example/anvil",
        "http://www.github.com/Example/Anvil/",
        "git+https://github.com/example/anvil.git#v1.2",
        "git+ssh://git@github.com/example/anvil.git",
        "git://github.com/example/anvil",
        "git@github.com:example/anvil.git",
        "git@github.com:example/anvil@8f3c",
        "scm:git:git@github.com:example/anvil.git",
        "scm:git:https://github.com/example/anvil",
        "github:example/anvil",
        "https://user:secret@github.com:443/example/anvil/tree/main/packages/one",
        " https://github.com/example/anvil/blob/main/README.md ",
    ],
)
def test_one_repository_has_one_address(uri: str) -> None:
    """Prefixes, credentials, ports, branches and letter case that the host ignores make no difference."""
    assert normal_repository(uri) == "https://github.com/example/anvil"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://gitlab.com/group/sub/anvil/-/tree/main", "https://gitlab.com/group/sub/anvil"),
        ("https://gitlab.example.org/Group/anvil", "https://gitlab.example.org/Group/anvil"),
        ("git+https://git.example.org/pub/anvil.git@8f3c", "https://git.example.org/pub/anvil"),
        ("https://git.example.org/pub/anvil.git/tree", "https://git.example.org/pub/anvil"),
        ("scm:svn:http://svn.example.org/repos/anvil", "https://svn.example.org/repos/anvil"),
        ("bitbucket:owner/anvil", "https://bitbucket.org/owner/anvil"),
    ],
)
def test_other_hosts_keep_what_they_tell_apart(uri: str, expected: str) -> None:
    """Groups of groups, letter case and paths belong to the address where the host says so."""
    assert normal_repository(uri) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "../anvil",
        "file:///home/build/anvil",
        "git+file:///home/build/anvil",
        "https://example.org/anvil",
        "https://github.com/example",
        "https://github.com/sponsors/example",
        "https://gitlab.com/anvil",
        "https://packages.example/package/anvil",
        "git://localhost/anvil",
        "https://git.example.org/.git",
        "https://[broken/anvil",
        "https://github.com/example/an vil",
        "ftp://github.com/example/anvil",
        "https://github.com/" + "a" * MAX_ADDRESS_CHARACTERS,
    ],
)
def test_what_names_no_repository_is_not_made_one(uri: str) -> None:
    """Local folders, pages and unknown hosts would join components that have nothing in common."""
    assert normal_repository(uri) == ""
