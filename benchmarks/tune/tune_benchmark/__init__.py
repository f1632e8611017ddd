"""Measures a grid on frozen backbones against plain `model.fit` runs of the same configurations."""
