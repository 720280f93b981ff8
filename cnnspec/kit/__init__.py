"""The parts that operations and the engine share: calls, sessions, checks, faults, inputs."""
