"""Before a run starts or goes on: its items wherever they are, and one of them tried, for screens and commands."""
