"""Reading server answers of any generation: everything is optional, nothing is trusted."""
