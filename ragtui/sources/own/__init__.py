"""ragtui's own run folder: read, written, resumed."""
