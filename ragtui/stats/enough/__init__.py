"""How many repeats are enough, before and while they are made."""
