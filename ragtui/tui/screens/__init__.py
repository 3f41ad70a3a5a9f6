"""One module a screen; each owns its keys and its handlers."""
