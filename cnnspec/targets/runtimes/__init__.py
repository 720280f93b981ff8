"""Runtimes as targets, a short file each: the operations in the runtime's own terms.

A module is imported only where its runtime is installed. `dtypes` are those of floats that it
takes; the first is the one that it is given. What a runtime cannot express it declines
(Unsupported), and an operation that it lacks is left out. Nothing is checked or mended on the
way: what it does with invalid input is its own.
"""
