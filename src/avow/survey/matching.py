"""What public advisories say about the entries of an SBOM: affected, withdrawn, informational, undecidable.

Each entry is either looked up, or it is said why not; what was looked up and has no row was found to have none
in the data at hand. Only a purl identifies a package: a name or a CPE proposes, and is not looked up here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from avow.advisories.osv import Advisory, Affected, Answer, Verdict, evaluate
from avow.advisories.packages import NotLookedUp, Package, folded_key, package_key, package_of
from avow.formats.order import is_prerelease
from avow.formats.purl import PurlInvalid, read_purl
from avow.record import Why

if TYPE_CHECKING:
    from avow.sbom.inventory import Entry


class AdvisoryIndex(Protocol):
    """Advisories by package; a look-up takes the same time however many there are."""

    def covers(self, ecosystem: str) -> bool:
        """There is data of `ecosystem`, which may have a release: `PyPI`, `Debian`, `Debian:12`.

        Without a release: of any of its releases. With one: at least one record names that release.
        """
        ...

    def about(self, ecosystem: str, key: str) -> Sequence[Advisory]:
        """Advisories with an affected item of exactly that ecosystem whose `package_key` is `key`."""
        ...

    def about_folded(self, ecosystem: str, key: str) -> Sequence[Advisory]:
        """The same by `folded_key`; asked for Go only."""
        ...

    def names(self, advisory_id: str) -> frozenset[str]:
        """Every id of the vulnerability: the whole group of aliases, `advisory_id` included."""
        ...
