"""Measures the reading of large Darwin Core Archives, beside pandas alone."""
