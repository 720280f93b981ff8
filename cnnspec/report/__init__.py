"""A Report as text for a person, JSON and JUnit."""
