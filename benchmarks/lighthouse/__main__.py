"""`python benchmarks/lighthouse BUNDLE`: Lighthouse's scores of the built app on a slow phone, and what comes when."""

from lighthouse_benchmark.cli import main

if __name__ == "__main__":
    main()
