"""`python benchmarks/journal PUBLIC`: how long a full journal takes to open, go out and come back."""

from journal_benchmark.cli import main

if __name__ == "__main__":
    main()
