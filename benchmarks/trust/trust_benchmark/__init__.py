"""Parts of the trust benchmark."""
