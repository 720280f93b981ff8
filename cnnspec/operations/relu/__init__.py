"""relu: inputs, oracle, checks and fault models."""
