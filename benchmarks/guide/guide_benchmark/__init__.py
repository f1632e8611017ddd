"""The species guide at its largest: generated metadata and photos, a real build, a real browser."""
