"""Commands that write to Langfuse."""
