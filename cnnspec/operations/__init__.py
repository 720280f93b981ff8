"""What the verifier knows of each operation: a folder each; catalogue.py is the only list."""
