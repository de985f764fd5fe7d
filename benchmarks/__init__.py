"""Benchmarks: ratios against a baseline run side by side; single times say little on a shared machine."""
