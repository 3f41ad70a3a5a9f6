"""The table of columns, from cells to cursor."""
