"""What stands behind the numbers of a hosted run, read when a person asks for it: traces, conversations, prompts."""
