"""average_pooling: inputs, oracle, checks, law, impulses and fault models."""
