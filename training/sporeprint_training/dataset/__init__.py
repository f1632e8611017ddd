"""From folders of labelled photos to `dataset/`: decoded, deduplicated, grouped and split."""
