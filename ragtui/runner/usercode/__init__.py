"""The user's own functions, in processes of their own."""
