"""`python benchmarks/tune`: a grid of 72 runs against 72 plain trainings, reckoned from two of them."""

from tune_benchmark.cli import main

if __name__ == "__main__":
    main()
