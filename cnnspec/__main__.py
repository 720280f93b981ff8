"""`python -m cnnspec` is `cnnspec`."""

from cnnspec.cli import main

main(prog_name="cnnspec")
