"""Benchmarks. They assert nothing: they print, and a person or a commit message compares."""
