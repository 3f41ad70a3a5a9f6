"""A stand-in for an OpenAI-compatible endpoint: a real HTTP server on loopback, with faults as knobs."""

from openai_standin.faults import Faults
from openai_standin.server import StandIn, standin

__all__ = ["Faults", "StandIn", "standin"]
