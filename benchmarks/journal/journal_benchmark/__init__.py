"""Measures the journal of a built site in a real Chromium."""
