"""Source repository addresses in one normal form, so that two of them can be compared.

Letter case is kept: forges differ in whether it matters, and a certificate always uses the same case.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

MAX_ADDRESS_CHARACTERS: Final = 2048

_FORGES: Final = frozenset({"bitbucket.org", "codeberg.org", "gitee.com", "github.com"})
"""Hosts where a repository is always owner and name; what follows is a branch, a file or a page."""

_NO_CASE: Final = frozenset({"bitbucket.org", "github.com", "gitlab.com"})
"""Hosts that find a repository in whatever case its name is written."""

_SCP: Final = re.compile(r"(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+):(?!/)(.+)")
"""`git@host:owner/name`, as git's own short form."""

_SHORT: Final = re.compile(r"(github|gitlab|bitbucket):([\w.-]+/[\w.-]+)")
"""How npm abbreviates an address."""

_SHORT_HOSTS: Final = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
_NOT_OWNERS: Final = frozenset({"about", "features", "marketplace", "orgs", "sponsors", "topics", "users"})


def plain_repository(uri: str) -> str:
    """`uri` without the `git+` prefix of an SPDX download location, trailing slashes and `.git`."""
    return uri.removeprefix("git+").rstrip("/").removesuffix(".git")


def repository_path(uri: str) -> str:
    """Host and path only, for tools such as Scorecard that name a repository without its scheme."""
    plain = plain_repository(uri)
    return plain.partition("://")[2] or plain


def normal_repository(uri: str) -> str:
    """`https://host/path` of the source repository that `uri` names, or an empty text if it names none.

    Version control prefixes, credentials, ports, branches, commits, file paths within a forge and a final
    `.git` are dropped, because two SBOMs write one repository in many ways. A local folder, a file and a
    package registry's page are not addresses of a repository. What an unknown host serves can't be seen: any
    path on it counts, if it is written as an address of version control (`git+`, `scm:`, `.git`, `git@`).
    """
    text = uri.strip()
    if not text or len(text) > MAX_ADDRESS_CHARACTERS or any(ord(each) <= ord(" ") for each in text):
        return ""
    stated = False
    while prefix := re.match(r"(?:scm|git|svn|hg)[:+](?=[a-z@])(?!//)", text):
        text, stated = text[prefix.end() :], True
    if short := _SHORT.fullmatch(text):
        host, path = _SHORT_HOSTS[short[1]], short[2]
    elif scp := _SCP.fullmatch(text):
        host, path, stated = scp[1], scp[2], True
    else:
        try:
            parts = urlsplit(text)
            host, path = parts.hostname or "", parts.path
        except ValueError:  # brackets that are not an IPv6 address
            return ""
        if parts.scheme not in {"git", "http", "https", "ssh", "svn"}:
            return ""
        stated = stated or parts.scheme in {"git", "ssh", "svn"} or ".git" in path
    return _on_host(host.lower().removeprefix("www."), path, stated=stated)


def _on_host(host: str, path: str, *, stated: bool) -> str:
    path = path.split("#", 1)[0].split("@", 1)[0]
    path = re.split(r"\.git(?:/|$)", path, maxsplit=1)[0] if ".git" in path else path
    pieces = [piece for piece in path.split("/") if piece]
    if host in _FORGES:
        pieces = [] if pieces and pieces[0] in _NOT_OWNERS else pieces[:2]
        if len(pieces) < 2:  # noqa: PLR2004  owner and name
            return ""
    elif host == "gitlab.com" or host.startswith("gitlab."):
        pieces = "/".join(pieces).split("/-/", 1)[0].split("/")
        if len(pieces) < 2:  # noqa: PLR2004  group and name
            return ""
    elif not stated or not pieces or "." not in host:
        return ""
    joined = "/".join(pieces)
    return f"https://{host}/{joined.lower() if host in _NO_CASE else joined}"
