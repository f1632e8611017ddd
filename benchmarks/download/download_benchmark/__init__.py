"""Measures the download of small photos against a bare httpx loop."""
