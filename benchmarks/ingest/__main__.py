"""`python benchmarks/ingest`: how long select and join of a large archive take, and how much memory."""

from ingest_benchmark.cli import main

if __name__ == "__main__":
    main()
