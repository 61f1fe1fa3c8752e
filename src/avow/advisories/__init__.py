"""Public data about vulnerabilities and support: its records, and what they say about a version."""
