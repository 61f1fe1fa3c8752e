"""Snapshots of public data on this machine: what they are, from where, and an index over them."""
