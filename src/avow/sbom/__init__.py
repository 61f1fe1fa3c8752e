"""SBOMs of all formats as one inventory."""

from avow.sbom.inventory import Entry, Inventory
from avow.sbom.reading import FORMATS, Format, read_sbom

__all__ = ["FORMATS", "Entry", "Format", "Inventory", "read_sbom"]
