"""How the built app does on a slow phone with a slow connection."""
