"""What the verifier knows of each operation.

The catalogue comes first: what concerns every operation registers its checks for those that it has.
"""

from cnnspec.operations import catalogue

__all__ = ["catalogue"]
