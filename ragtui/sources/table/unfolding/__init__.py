"""Files with more than one score in a row, or none: what has to be taken apart before there are rows."""
