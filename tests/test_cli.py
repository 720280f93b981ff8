import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
import skimage.io
from click.testing import CliRunner, Result

from cnnspec.article import golden
from cnnspec.cli import main


def invoked(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def image_file(path: Path, *shape: int) -> Path:
    pixels = np.random.RandomState(0).randint(0, 256, shape).astype(np.uint8)
    skimage.io.imsave(path, pixels, check_contrast=False)
    return path


def one_line(result: Result) -> str:
    """The only line of an error, on standard error."""
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("edition", "pooled"), [("standard", "(33, 52, 1)"), ("article", "(32, 51, 1)")]
)
def test_run_on_chelsea(tmp_path: Path, edition: str, pooled: str) -> None:
    result = invoked("run", "--edition", edition, "--out", tmp_path / "new" / "folder")
    assert result.exit_code == 0, result.output
    for number in (1, 2, 3):
        assert f"Working with conv layer {number}\n" in result.output
        assert f"End of conv layer {number}\n" in result.output
    assert "Filter 1, Filter 2, Filter 3 (14" in result.output
    assert pooled in result.output
    assert "these layers match" in result.output
    assert "equal bit for bit" in result.output
    for name in ("in_img", "L1", "L2", "L3"):
        figure = skimage.io.imread(tmp_path / "new" / "folder" / f"{name}.png")
        assert figure.std() > 10
        assert np.array_equal(figure[:, :, 0], figure[:, :, 2])  # grey


def test_run_on_a_file_and_with_a_seed(tmp_path: Path) -> None:
    image = image_file(tmp_path / "mine.png", 50, 60, 3)
    result = invoked("run", image, "--out", tmp_path)
    assert result.exit_code == 0
    assert "mine.png in grey, 50 by 60" in result.output
    assert "goldens: none for this run" in result.output
    other = invoked("run", image, "--out", tmp_path, "--seed", "5")
    chelsea = invoked("run", "--out", tmp_path, "--seed", "5")
    assert chelsea.exit_code == 0
    assert "goldens: none for this run" in chelsea.output
    assert other.output.split("wrote")[0] != result.output.split("wrote")[0]


def test_run_says_when_the_goldens_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnspec import reference

    right = reference.relu
    for module in (reference, sys.modules["cnnspec.reference.stack"]):
        monkeypatch.setattr(module, "relu", lambda feature_map: right(feature_map) * 1.001)
    result = invoked("run", "--out", tmp_path)
    assert result.exit_code == 1
    assert "these layers DO NOT MATCH" in result.output
    assert "DIFFER: exact/l1_relu" in result.output


def test_run_says_when_only_the_exact_track_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golden, "compare_exact", lambda *_: ["exact/l1_conv"])
    result = invoked("run", "--out", tmp_path)
    assert result.exit_code == 1
    assert "these layers match" in result.output


def test_run_explains_bad_input(tmp_path: Path) -> None:
    assert one_line(invoked("run", tmp_path / "no.png")).endswith(
        "no.png: No such file or directory"
    )
    assert one_line(invoked("run", tmp_path)).endswith("Is a directory")
    text = tmp_path / "text.png"
    text.write_text("no pixels")
    assert "text.png is not an image that can be read" in one_line(invoked("run", text))
    small = image_file(tmp_path / "small.png", 44, 90)
    line = one_line(invoked("run", small, "--edition", "article", "--out", tmp_path))
    assert "small.png is 44 by 90 pixels" in line
    assert "at least 45 by 45" in line
    assert invoked("run", small, "--out", tmp_path).exit_code == 0
    assert "text.png: " in one_line(invoked("run", "--out", text))


def test_golden_verify(tmp_path: Path) -> None:
    result = invoked("golden", "verify")
    assert result.exit_code == 0
    assert "35 of 35 goldens hold" in result.output
    assert "manifest.json cannot be read: No such file" in one_line(
        invoked("golden", "verify", tmp_path)
    )


def test_golden_write_then_verify(tmp_path: Path) -> None:
    assert invoked("golden", "write", tmp_path).exit_code == 0
    (tmp_path / "exact/l1_conv.npy").unlink()
    result = invoked("golden", "verify", tmp_path)
    assert result.exit_code == 1
    assert "exact/l1_conv.npy cannot be read: No such file" in result.output
    file = tmp_path / "file"
    file.touch()
    assert "file" in one_line(invoked("golden", "write", file))


def test_the_goldens_are_found_in_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert golden.directory().is_dir()  # of this very installation
    (tmp_path / "golden_data").mkdir()
    monkeypatch.setattr(golden, "__file__", str(tmp_path / "article" / "golden.py"))
    assert golden.directory() == tmp_path / "golden_data"


def test_help_names_the_exit_statuses() -> None:
    assert "Exit status: 0 what was asked holds" in invoked("--help").output


def commands(group: click.Group, name: str = "cnnspec") -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, and the group itself, by its words."""
    yield name, group
    for word, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


@pytest.mark.parametrize("name", dict(commands(main)))
def test_every_help_is_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = dict(commands(main))[name]
    for one in command.params:
        if isinstance(one, click.Option):
            assert (one.help or "").endswith("."), f"{name} {one.opts[0]}"
    shown = invoked(*name.split()[1:], "--help").output
    assert max(map(len, shown.splitlines())) <= 80
    assert not [line for line in shown.splitlines()[1:] if line.endswith("...")]
    if isinstance(command, click.Group):
        shorts = shown.partition("Commands:\n")[2].splitlines()
        assert len(shorts) == len(command.commands)  # each is one line
        assert all(line.endswith((".", ").")) for line in shorts)


def test_what_is_mistyped_is_suggested() -> None:
    for arguments, words in (
        (("chek",), "Did you mean check or checks?"),
        (("golden", "verfy"), "Did you mean verify?"),
        (("check", "reference", "--bugdet", "quick"), "--budget"),
    ):
        result = invoked(*arguments)
        assert result.exit_code == 2
        assert words in result.stderr
    assert "Did you mean" not in invoked("xyz").stderr


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "cnnspec", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cnnspec, version 0.")
