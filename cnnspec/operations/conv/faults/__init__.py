"""Fault models of conv, a file for each kind."""
