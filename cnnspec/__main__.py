"""Where the command starts: `cnnspec`, which is `python -m cnnspec` too."""

import os
import sys

if __name__ == "__main__" and sys.path[0] == os.getcwd():  # noqa: PTH109  nothing is imported yet
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100,PTH120
    if here != sys.path[0]:  # else a file of the current folder might be taken for a module
        del sys.path[0]


def main() -> None:
    """Run the command line."""
    from cnnspec.cli import main as command

    command(prog_name="cnnspec")


if __name__ == "__main__":
    main()
