"""Score tables: rows, columns, and what they are taken to mean."""
