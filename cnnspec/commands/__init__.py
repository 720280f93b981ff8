"""The commands: one module for each, with the same name."""
