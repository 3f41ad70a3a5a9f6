"""Colours, signs and titles: how everything on the screen looks."""
