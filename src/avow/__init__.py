"""Declare, sign and verify the cyber-resilience practices of an open source project."""

__version__ = "0.1.0"
