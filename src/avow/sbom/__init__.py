"""SBOMs of all formats as one inventory."""
