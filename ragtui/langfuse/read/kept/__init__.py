"""What was read of a project once, and is at hand without asking it."""
