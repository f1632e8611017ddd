"""The training engine: stages of a run, one after the other, that continue where a killed one stopped."""
