"""What operations and the engine are made of: calls, sessions, checks, fault models, inputs."""
