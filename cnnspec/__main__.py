"""Where the command starts: `cnnspec`, which is `python -m cnnspec` too."""

import gc
import os
import sys

if __name__ == "__main__" and sys.path[0] == os.getcwd():  # noqa: PTH109  nothing is imported yet
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100,PTH120
    if here != sys.path[0]:  # else a file of the current folder might be taken for a module
        del sys.path[0]

VARIABLES = {"HYPOTHESIS_STORAGE_DIRECTORY": os.devnull, "OPENBLAS_THREAD_TIMEOUT": "4"}
"""Variables of the environment, unless the user has set them. Hypothesis leaves no folder behind.
A thread of NumPy's OpenBLAS that has nothing to do sleeps at once. Else it turns for a tenth of a
second first, and takes the processor from others."""


def main() -> None:
    """Run the command line. What a signal ends has the exit status 128 and its number."""
    from cnnspec.kit import interruption

    gc.set_threshold(50_000)  # a run makes many small objects, and hardly a cycle
    interruption.install()
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
    try:
        from cnnspec.cli import main as command
        from cnnspec.cli import streams

        streams.strengthen()
        try:
            command(prog_name="cnnspec")
        finally:
            streams.say_what_was_lost()
    except KeyboardInterrupt as error:
        sys.exit(interruption.status(error))
    except (SystemExit, Exception) as end:
        gc.freeze()  # else Python looks for garbage once more among all that there is
        if interruption.HANDLER.number is not None:  # whatever it was made into, it was a signal
            sys.exit(128 + interruption.HANDLER.number)
        raise end from None


if __name__ == "__main__":
    main()
