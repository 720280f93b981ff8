"""The stack of layers: S1 and S2."""
