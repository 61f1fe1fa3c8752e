"""The specification and its data, shipped as `avow._predicates`."""
