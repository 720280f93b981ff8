"""Judges a target: first calls, attempts, shrinking, diagnosis. It knows no operation by name."""
