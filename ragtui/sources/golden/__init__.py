"""Golden items in whatever file people keep them."""
