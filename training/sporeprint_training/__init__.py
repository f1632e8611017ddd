"""From labelled photos to a trained, calibrated Keras model."""
