"""Findings and VEX that the user brings, whatever tool wrote them."""
