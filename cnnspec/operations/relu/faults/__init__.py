"""Fault models of relu, a file for each kind."""
