"""Source repository addresses in one normal form, so that two of them can be compared.

Letter case is kept: forges differ in whether it matters, and a certificate always uses the same case.
"""

from __future__ import annotations


def plain_repository(uri: str) -> str:
    """`uri` without the `git+` prefix of an SPDX download location, trailing slashes and `.git`."""
    return uri.removeprefix("git+").rstrip("/").removesuffix(".git")


def repository_path(uri: str) -> str:
    """Host and path only, for tools such as Scorecard that name a repository without its scheme."""
    plain = plain_repository(uri)
    return plain.partition("://")[2] or plain
