"""What the columns of a table mean, and what tells its rows apart."""
