"""Identifying photos in Python as the app does: the same bundle, pixels, temperature, rule and thresholds."""
