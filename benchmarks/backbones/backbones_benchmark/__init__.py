"""Takes each backbone of the registry the whole way at its real size."""
