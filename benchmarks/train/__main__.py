"""`python benchmarks/train`: steps, forward passes and decoded photos per second, each against the bare thing."""

from train_benchmark.cli import main

if __name__ == "__main__":
    main()
