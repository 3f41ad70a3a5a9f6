"""`python -m openai_standin '{"latency_s": 0.1}'`: in a process of its own; prints its URL, ends with its stdin."""

from __future__ import annotations

import json
import sys

from openai_standin import standin

if __name__ == "__main__":
    with standin(**json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")) as server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()
