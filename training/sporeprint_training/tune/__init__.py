"""Searching run configurations: many trainings from one JSON file, on this machine or on a cluster."""
