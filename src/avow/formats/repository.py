"""The address of a source repository, in the one spelling in which two addresses are compared.

Letter case is kept: forges differ in whether it matters, and the certificate spells it in one way.
"""

from __future__ import annotations


def plain_repository(uri: str) -> str:
    """`uri` without the `git+` of an SPDX download location, a last slash and `.git`."""
    return uri.removeprefix("git+").rstrip("/").removesuffix(".git")


def repository_path(uri: str) -> str:
    """Host and path alone, for tools such as Scorecard that name a repository without its scheme."""
    plain = plain_repository(uri)
    return plain.partition("://")[2] or plain
