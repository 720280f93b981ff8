"""Fault models of average_pooling, a file for each kind."""
