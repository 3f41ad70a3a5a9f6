"""The Python API: open runs, compare them, record new ones. Everything here is reached as `import ragtui`."""
