"""Workflows and git refs as certificates name them, and the patterns that match them."""

from __future__ import annotations

import re
from typing import Final

GITHUB_ISSUER: Final = "https://token.actions.githubusercontent.com"
"""Issuer of GitHub Actions' tokens; an enterprise's own one has its name as a further path segment.

Source: GitHub documentation, "OpenID Connect reference".
"""

TAG: Final = "refs/tags/"
_GITHUB: Final = re.compile(r"(?P<repository>https://github\.com/[^/]+/[^/]+)/")
_COMPANY: Final = re.compile(r"(?P<repository>https://(?P<host>[^/]+)/[^/]+/[^/]+)/\.github/workflows/")
_GITLAB: Final = re.compile(r"(?P<repository>(?P<host>https://[^/]+)/[^/]+(?:/[^/]+)+)//")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""A full commit id. Certificates have it for a shared workflow that was called at a commit."""
_REGULAR_EXPRESSION: Final = re.compile(r"[\\^\[]|\.[*+]|\([^)]*\|[^)]*\)|\$$")
"""Git allows brackets, braces and bars in refs, but no backslash, caret or opening square bracket.

Source: git-check-ref-format(1).
"""


def repository_of(identity: str) -> str | None:
    """The repository that a workflow's identity names, pattern or not; None if it is not a workflow's.

    GitHub, also on a company's host: through the second path segment. GitLab: before `//`.
    """
    match = _GITHUB.match(identity) or _COMPANY.match(identity) or _GITLAB.match(identity)
    return match["repository"] if match else None


def refs_of(identity: str) -> tuple[str, ...]:
    """What may be the ref in a workflow's identity: a tag and a path may contain an @, too."""
    if repository_of(identity) is None:
        return ()
    refs = tuple(identity[found.start() + 1 :] for found in re.finditer("@refs/", identity))
    return refs or (identity.rpartition("@")[2],)


def is_fixed(ref: str) -> bool:
    """A tag, or a commit: no push to a branch changes what it names."""
    return ref.startswith(TAG) or _COMMIT.fullmatch(ref) is not None


def literal_length(issuer: str, identity: str) -> int:
    """How much of `identity` has to be literal: everything up to the ref, or all of it.

    Only a forge whose issuer is its own vouches for what is after the @.
    """
    place = identity.rfind("@refs/") if "@refs/" in identity else identity.rfind("@")
    repository = repository_of(identity)
    if repository is None or place < len(repository) or not _is_issuer_of(issuer, identity):
        return len(identity)
    return place + 1


def looks_like_a_regular_expression(text: str) -> bool:
    """It has signs that mean something in a regular expression and are in no identity or ref."""
    return _REGULAR_EXPRESSION.search(text) is not None


def matches(pattern: str, presented: str) -> bool:
    """In full, and `*` is one or more characters other than `/`; nothing else is special."""
    return re.fullmatch(r"[^/\s]+".join(map(re.escape, pattern.split("*"))), presented) is not None


def issuer_for(identity: str) -> str | None:
    """What the issuer of a workflow's identity looks like; None if the identity is not a workflow's."""
    if _GITHUB.match(identity):
        return GITHUB_ISSUER
    if company := _COMPANY.match(identity):
        return f"https://{company['host']}/_services/token"
    gitlab = _GITLAB.match(identity)
    return f"the GitLab server's issuer: {gitlab['host']}, or an address below it" if gitlab else None


def _is_issuer_of(issuer: str, identity: str) -> bool:
    if _GITHUB.match(identity):
        return _is_or_below(issuer, GITHUB_ISSUER)
    if company := _COMPANY.match(identity):
        host = company["host"]
        return _is_or_below(issuer, f"https://token.actions.{host}") or _is_or_below(
            issuer, f"https://{host}/_services/token"
        )
    gitlab = _GITLAB.match(identity)
    return gitlab is not None and re.match(rf"{re.escape(issuer)}/[^/]*/", gitlab["repository"]) is not None


def _is_or_below(issuer: str, root: str) -> bool:
    return issuer == root or issuer.startswith(root + "/")
