"""The noise view says where flicker comes from, and what it cannot tell."""

from __future__ import annotations

from ragtui.present.noise import flicker_sentence
from ragtui.stats.why.flicker import Flicker, Share

PART = Share(0.3, 0.2, 0.45)
NONE = Share(0.0, 0.0, 0.0)


def test_shares_come_with_their_intervals() -> None:
    said = flicker_sentence(Flicker(1.0, NONE, PART, Share(0.6, 0.5, 0.7), Share(0.1, 0.05, 0.2), 90, 80, 0.02))
    assert said.startswith("flicker: retrieval 30 % (20 % to 45 %), generation 60 % (50 % to 70 %), judge 10 %")
    assert said.endswith("2.0 % of the results failed")


def test_what_cannot_be_told_apart_says_why() -> None:
    said = flicker_sentence(Flicker(1.0, NONE, PART, None, None, 90, 0, 0.0))
    assert "70 % cannot be told apart, as hardly an answer came twice" in said
    said = flicker_sentence(Flicker(1.0, NONE, None, None, PART, 0, 90, 0.0, passages_recorded=False))
    assert "judge 30 % (20 % to 45 %), 70 % cannot be told apart, as no passages were recorded" in said
