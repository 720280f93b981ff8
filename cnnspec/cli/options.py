"""The options of commands that judge targets, in groups: each becomes one argument."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cnnspec.cli.group import any_edition_option, patience
from cnnspec.kit.clauses import LEVELS
from cnnspec.spec import Edition

if TYPE_CHECKING:
    from cnnspec.engine.plan import Budget
    from cnnspec.kit.clauses import Level
    from cnnspec.kit.pace import Pace

Function = Callable[..., Any]
FILE = click.Path(path_type=Path)


class Named(NamedTuple):
    """How a target is named."""

    target: str | None
    command: str | None
    backend: str | None
    renamed: tuple[str, ...]
    ops: str | None


class Asked(NamedTuple):
    """What is to be judged, and how hard is tried."""

    edition: Edition | None
    level: "Level"
    budget: "Budget"
    certify: int | None
    examples: int | None
    seed: int
    database: str | None
    only: str | None
    complete: bool
    jobs: int | None
    pace: "dict[str, Pace]"
    fail_fast: bool


class Run(NamedTuple):
    """How a target is run."""

    timeout: float
    dtype: str | None
    threads: int | None
    python: str | None
    in_process: bool
    layout: str | None


class Files(NamedTuple):
    """Reports to write, and what is already known of a target."""

    json_file: Path | None
    junit_file: Path | None
    html_file: Path | None
    deviations: Path | None
    baseline: Path | None
    fail_on: str | None


def group(name: str, kind: Any, *options: Function) -> Callable[[Function], Function]:
    """Give a command some options. It gets them together, as one argument: `name`, of a `kind`."""

    def decorate(command: Function) -> Function:
        @wraps(command)
        def called(**given: Any) -> Any:
            own = {field: given.pop(field) for field in kind._fields}
            return command(**given, **{name: kind(**own)})

        made: Function = called
        for option in reversed(options):
            made = option(made)
        return made

    return decorate


def paces(_context: click.Context, _option: click.Parameter, text: str) -> "dict[str, Pace]":
    """The paces that a text names. Raises BadParameter."""
    if not text:
        return {}

    from cnnspec.kit import pace
    from cnnspec.operations.catalogue import OPERATIONS

    try:
        found = pace.read(text)
    except ValueError as error:
        form = "conv=3e-3/1e-7,relu=3e-2/1e-6"
        raise click.BadParameter(
            f"{error.args[0]!r} is no pace; a pace is written as {form}: "
            "the seconds of the simplest call, and of a step"
        ) from None
    unknown = ", ".join(one for one in found if one not in {each.name for each in OPERATIONS})
    if unknown:
        raise click.BadParameter(f"there is no operation {unknown}")
    return found


budget_option = click.option(
    "--budget",
    type=click.Choice(["quick", "default", "deep"]),
    default="default",
    show_default=True,
    help="How much is tried: about 2 s, 5 s, or as long as it takes.",
)
timeout_option = click.option(
    "--timeout",
    metavar="SECONDS",
    type=float,
    callback=patience,
    default=20.0,
    show_default=True,
    help="How long one call may take.",
)
dtype_option = click.option(
    "--dtype",
    type=click.Choice(["float64", "float32", "float16"]),
    help="Give floats in this dtype. Default: the target's own choice, or float64.",
)
threads_option = click.option(
    "--threads", metavar="N", type=click.IntRange(1), help="Threads that a runtime may use."
)

naming = group(
    "named",
    Named,
    click.argument("target", required=False),
    click.option("--exec", "command", metavar="COMMAND", help="Judge a program of any language."),
    click.option("--onnx-backend", "backend", metavar="MODULE", help="Judge a backend of ONNX."),
    click.option(
        "--as",
        "renamed",
        metavar="OPERATION=NAME",
        multiple=True,
        help="The target calls an operation otherwise, as in --as conv=conv2d.",
    ),
    click.option(
        "--ops", metavar="NAMES", help="Judge these operations and no other, as in conv,relu."
    ),
)

asking = group(
    "asked",
    Asked,
    any_edition_option,
    click.option(
        "--level",
        type=click.Choice(LEVELS),
        default=LEVELS[0],
        show_default=True,
        help="What decides the exit status: the numbers of valid input; core adds that invalid "
        "input is rejected; strict adds dtypes, layouts, NaN, sizes and the like.",
    ),
    budget_option,
    click.option(
        "--certify",
        metavar="N",
        type=click.IntRange(0),
        help="Certify images up to N by N; 0 for no certificate. "
        "Default: 8, with --budget quick 0.",
    ),
    click.option(
        "--examples",
        metavar="N",
        type=click.IntRange(0),
        help="Examples a check that Hypothesis draws besides.",
    ),
    click.option(
        "--seed",
        metavar="N",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Draws the inputs: another seed, other ones.",
    ),
    click.option(
        "--database",
        metavar="DIR",
        help="A folder of Hypothesis's examples, by which runs on several machines share their "
        "finds. Each run draws other cases then.",
    ),
    click.option("--only", metavar="IDS", help="Only these clauses, as in C7,P4."),
    click.option(
        "--complete",
        is_flag=True,
        help="Exit status 2 if a clause of an operation that is there was judged in part or not.",
    ),
    click.option(
        "--jobs",
        metavar="N",
        type=click.IntRange(1),
        help="Judge in so many processes; the report is the same. "
        "Default: one for each core, and a single one for a program.",
    ),
    click.option(
        "--pace",
        metavar="PACE",
        default="",
        callback=paces,
        help="Ask what was asked of a target of this pace, as a --json report has it. "
        "Default: it is measured.",
    ),
    click.option(
        "--fail-fast",
        is_flag=True,
        help="End at the first deviation that decides, and judge nothing more.",
    ),
)

running = group(
    "run",
    Run,
    timeout_option,
    dtype_option,
    threads_option,
    click.option(
        "--python", metavar="PATH", help="The Python that runs the target: it needs NumPy."
    ),
    click.option(
        "--in-process", is_flag=True, help="Run the target in this process: for a debugger."
    ),
    click.option(
        "--layout",
        type=click.Choice(["auto"]),
        help="Judge operations that raise for (H, W, C) in the layouts in which they are right.",
    ),
)

reporting = group(
    "files",
    Files,
    click.option(
        "--json", "json_file", metavar="FILE", type=FILE, help="Write the report as JSON."
    ),
    click.option(
        "--junit", "junit_file", metavar="FILE", type=FILE, help="Write the report as JUnit XML."
    ),
    click.option(
        "--html",
        "html_file",
        metavar="FILE",
        type=FILE,
        help="Write the report as a page, with pictures: of the smallest inputs, and of Chelsea.",
    ),
    click.option(
        "--deviations",
        metavar="FILE",
        type=FILE,
        help="TOML file of deviations that are expected.",
    ),
    click.option(
        "--baseline",
        metavar="FILE",
        type=FILE,
        help="An earlier --json report to compare with.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["new"]),
        help="Exit status 1 only for what did not deviate in the --baseline report.",
    ),
)
