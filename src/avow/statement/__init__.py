"""The signed statement: in-toto's form, our predicate, and whether a predicate can be relied on."""
