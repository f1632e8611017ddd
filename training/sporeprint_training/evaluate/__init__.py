"""What a finished run is worth: measured on the untouched test split, written down, and shown."""
