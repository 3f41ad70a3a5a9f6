"""Files of one folder that are one run: other metrics of the same items."""
