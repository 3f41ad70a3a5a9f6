"""Which stage of a pipeline a change, or a flicker, comes from."""
