"""`python benchmarks/runtime [RUN]`: the project's runtime against others, in one table."""

from runtime_benchmark.cli import main

if __name__ == "__main__":
    main()
