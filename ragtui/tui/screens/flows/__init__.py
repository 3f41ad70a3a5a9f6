"""What takes several dialogs in a row: running something again, writing a report."""
