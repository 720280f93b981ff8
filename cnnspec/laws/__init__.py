"""Certificates: what a few exact evaluations say of all inputs, by the law of an operation."""
