"""Readers: sources of any format as records frames, see `records.py`. `open.open_source` finds the one for a path."""
