"""Questions and messages over a screen; each is answered or closed and knows no screen below it."""
