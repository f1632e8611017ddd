"""Sizes and gains of the place and season priors, on real dates and coordinates."""
