"""`python benchmarks/priors [--run RUN]`: what place and season priors weigh, and what they are worth."""

from priors_benchmark.cli import main

if __name__ == "__main__":
    main()
