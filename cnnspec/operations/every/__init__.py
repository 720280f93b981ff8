"""What holds for every operation: Q1 to Q10, and faults that any may have."""
