"""A Report as terminal text, JSON and JUnit."""
