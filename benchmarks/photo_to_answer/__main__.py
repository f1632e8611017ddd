"""`python benchmarks/photo_to_answer BUNDLE`: from choosing a 12-megapixel photo to the answer on the screen."""

from answer_benchmark.cli import main

if __name__ == "__main__":
    main()
