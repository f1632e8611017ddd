"""The parts of the world that a list of deadly species can be made for."""

from __future__ import annotations

from typing import Literal, get_args

Region = Literal["africa", "asia", "europe", "north-america", "oceania", "south-america"]
"""Continents; Central America and the Caribbean belong to north-america."""
REGIONS: tuple[Region, ...] = get_args(Region)
WORLD = "world"
"""In the table: known from so many continents that none is left out."""
