"""The same model on the same pixels in the same Chromium: the project's runtime against others."""
