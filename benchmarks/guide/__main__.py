"""`python benchmarks/guide [--species 2500]`: how long a site of thousands of species takes to build, and its guide."""

from guide_benchmark.cli import main

if __name__ == "__main__":
    main()
