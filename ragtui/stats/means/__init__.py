"""What may be said about the mean of a metric."""
