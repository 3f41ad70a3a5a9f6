"""A Langfuse server on loopback: real HTTP, the shapes of the real answers, and every fault as a knob.

with StandIn("v4") as server:
    server.add_dataset("qa", {"q1": {"input": "2+2?", "expectedOutput": "4"}})
    server.fail(Fault("POST", "/scores", status=500, times=2))
    server.advance(600)          # move the server's clock: visibility delays and rate windows
    server.requests              # everything it was asked, in order
"""

from langfuse_standin.faults import Fault, Logged
from langfuse_standin.kinds import KINDS, ServerKind
from langfuse_standin.server import StandIn

__all__ = ["KINDS", "Fault", "Logged", "ServerKind", "StandIn"]
