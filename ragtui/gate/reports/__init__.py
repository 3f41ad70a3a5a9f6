"""A gate's record in the forms that people and CI systems read."""
