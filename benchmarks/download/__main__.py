"""`python benchmarks/download`: photos per second from a server on this machine, against a loop that only reads."""

from download_benchmark.cli import main

if __name__ == "__main__":
    main()
