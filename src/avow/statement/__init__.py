"""The signed statement: the in-toto format, our predicate, and the checks that make a predicate reliable."""
