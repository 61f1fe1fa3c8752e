"""From a declaration to a signed bundle: `pipeline` has the steps, `client` speaks to the services."""
