"""Commands about ragtui itself."""
