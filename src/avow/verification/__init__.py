"""From bundles to decisions.

`session` says what a run trusts and asks; `inspection` looks inside a bundle without judging anybody.
"""
