"""Why items changed, and what those that changed have in common."""
