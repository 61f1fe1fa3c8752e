"""Readers of small formats that others define: strict JSON, YAML with places, purl, vers, repositories."""
