"""Drafts a declaration from what a project already says in its own files."""
