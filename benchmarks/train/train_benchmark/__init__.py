"""How much of what the bare libraries do per second is left when the training engine does it."""
