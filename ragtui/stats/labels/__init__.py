"""Categories: how items repeat their labels, and whether they changed beyond that."""
