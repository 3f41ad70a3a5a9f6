"""Runs in object stores: listed by their headers, fetched in ranges when they are opened, kept by their content."""
