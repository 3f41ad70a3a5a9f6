"""What is under test, and what it answers."""
