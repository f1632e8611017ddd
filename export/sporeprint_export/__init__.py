"""From a trained run to a bundle that any browser can load, proven equal to the Keras model."""
