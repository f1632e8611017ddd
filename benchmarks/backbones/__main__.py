"""`python benchmarks/backbones [NAME...]`: every backbone trained a step, exported, and asked in Chromium."""

from backbones_benchmark.cli import main

if __name__ == "__main__":
    main()
