"""Commands that decide a merge."""
