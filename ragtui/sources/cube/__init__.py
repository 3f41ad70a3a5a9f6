"""From records in any order, twice or not at all, to the score cube."""
