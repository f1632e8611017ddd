"""From a bundle to a static progressive web app."""
