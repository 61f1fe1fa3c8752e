"""Readers for small external formats: strict JSON, YAML with positions, purl, vers, repository addresses."""
