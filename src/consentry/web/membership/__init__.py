"""Pages on the way to an account: sign-up, proof of an address, a forgotten password."""
