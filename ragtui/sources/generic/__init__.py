"""Files of no tool in particular: asked when no tool knows the file."""
