"""Fault models of pooling, a file for each kind."""
