"""What two sides have in common before they are compared: the same items, and how each was made."""
