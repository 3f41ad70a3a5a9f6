"""Which ragtui this is; read by the build, and by everything that writes it down."""

__version__ = "0.2.0"
