"""Test vectors: cases of every clause as JSON, for those who want no Python."""
