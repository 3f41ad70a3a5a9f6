"""A dataset brought to a server, idempotently."""
