"""Ports for servers that a test starts in a process of its own."""

import random
import socket


def unused_port() -> int:
    """A port of loopback that nobody listens on.

    It lies below those that systems give to outgoing connections (32768 and up): a port that was free for the asking
    went to a connection of another test before the process that should listen on it had started.
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as knock:
            try:
                knock.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
