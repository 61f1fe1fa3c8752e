"""From a declaration to a signed bundle: `pipeline` does the steps, `client` speaks to the Sigstore instance."""
