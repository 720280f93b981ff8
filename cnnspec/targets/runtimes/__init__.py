"""Runtimes as targets, a short file each: conv, relu and pooling in the runtime's own terms.

A module is imported only where its runtime is installed. `dtypes` are those of floats that it
takes; the first is the one that it is given. What a runtime cannot express it declines
(Unsupported), and nothing is checked or mended on the way: what it does with invalid input is
its own.
"""
