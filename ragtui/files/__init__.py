"""Files as such: whole or not at all, one writer, damaged lines, strict TOML, values nobody checked."""
