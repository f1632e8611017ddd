"""Rules over a training, live and in its report: what is wrong, by which numbers, and what to change."""
