"""`cnnspec init mycode.py` drafts an adapter, in the layout in which the code is right."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_layouts import NCHW

from cnnspec.cli import main
from cnnspec.commands import drafting

FUNCTIONS = """
import numpy as np

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param.get("pad")
    n, c, height, width = x.shape
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    y = np.zeros((n, len(w), height - w.shape[2] + 1, width - w.shape[3] + 1))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            part = x[:, None, :, i:i + w.shape[2], j:j + w.shape[3]]
            y[:, :, i, j] = (part * w).sum(axis=(2, 3, 4)) + b
    return y, (x, w, b, conv_param)

def conv_backward_naive(dout, cache):
    raise NotImplementedError

def relu_forward(x):
    return np.maximum(0, x), x

def max_pool_forward_naive(x, pool_param):
    rows, columns = pool_param["pool_height"], pool_param["pool_width"]
    s = pool_param["stride"]
    n, c, height, width = x.shape
    y = np.zeros((n, c, (height - rows) // s + 1, (width - columns) // s + 1))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            y[:, :, i, j] = x[:, :, i * s:i * s + rows, j * s:j * s + columns].max(axis=(2, 3))
    return y, (x, pool_param)
"""
CLASSES = """
import numpy as np

class Conv2D:
    def __init__(self, n_filters, kernel_size, in_channels, stride=1, padding=1, seed=0):
        random = np.random.default_rng(seed)
        shape = n_filters, in_channels, kernel_size, kernel_size
        self.params = {}
        self.params["W"], self.params["b"] = None, None
        self.params["W"] = random.normal(size=shape)
        self.params["b"] = np.zeros(n_filters)
        self.k, self.padding = kernel_size, padding

    def forward(self, x):
        w, p, k = self.params["W"], self.padding, self.k
        assert w.shape[1] == x.shape[1], "the channels differ"
        x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        y = np.zeros((len(x), len(w), x.shape[2] - k + 1, x.shape[3] - k + 1))
        for i in range(y.shape[2]):
            for j in range(y.shape[3]):
                part = x[:, None, :, i:i + k, j:j + k]
                y[:, :, i, j] = (part * w).sum(axis=(2, 3, 4)) + self.params["b"]
        return y

class Pool2D:
    def __init__(self, pool_size=(2, 2), stride=2, mode="max"):
        self.size, self.stride, self.mode = pool_size, stride, mode

    def forward(self, x):
        reduce = {"max": np.max, "avg": np.mean}[self.mode]
        (a, b), s = self.size, self.stride
        y = np.zeros((*x.shape[:2], (x.shape[2] - a) // s + 1, (x.shape[3] - b) // s + 1))
        for i in range(y.shape[2]):
            for j in range(y.shape[3]):
                y[:, :, i, j] = reduce(x[:, :, i * s:i * s + a, j * s:j * s + b], axis=(2, 3))
        return y
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def invoked(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def conforms() -> None:
    """The drafted adapter is right in its numbers, without a change."""
    only = ["--only", "C6,C7,R2,P3,P4,A3,A4", "--budget", "quick"]
    result = invoked("check", "cnnspec_adapter.py", *only)
    assert result.exit_code == 0, result.output


def test_an_adapter_of_functions_with_caches_and_dictionaries_is_drafted() -> None:
    Path("layers.py").write_text(FUNCTIONS)
    result = invoked("init", "layers.py")
    assert result.exit_code == 0, result.output
    options = "with bias, stride, padding: they are judged too"
    assert f"conv is computed by layers.conv_forward_naive, {options}\n" in result.output
    text = Path("cnnspec_adapter.py").read_text()
    assert "def conv(image, filters, *, bias=None, stride=1, padding=0):\n" in text
    zeros = "np.zeros(len(filters)) if bias is None else bias"
    assert zeros + ', {"stride": stride, "pad": padding})[0]' in text
    for entry in ('"pool_height": size', '"pool_width": size', '"stride": stride'):
        assert entry in text
    line = "target = cnnspec.adapt(conv=conv, relu=relu, pooling=pooling, "
    options = '"conv": {"bias": "bias", "stride": "stride", "padding": "padding"}'
    assert f'{line}image="NCHW", filters="OIHW", parameters={{{options}}})' in text
    conforms()


@pytest.mark.exhaustive
def test_a_drafted_option_without_effect_deviates() -> None:
    """The conv above forgets its stride, and takes extents before it pads; the bias is right."""
    Path("layers.py").write_text(FUNCTIONS)
    assert invoked("init", "layers.py").exit_code == 0
    only = ("--only", "C11,C12,C16", "--budget", "quick", "-v")
    result = invoked("check", "cnnspec_adapter.py", *only)
    assert result.exit_code == 1, result.output
    assert "numbers: wrong (C11 C12)\n" in result.output
    assert "edition general" in result.output


def test_words_of_padding_are_told_to_the_adapter() -> None:
    Path("layers.py").write_text(
        "import cnnspec\n"
        "def conv2d(x, w, b=None, padding='same', groups=1):\n"
        "    return cnnspec.conv(x, w)\n"
    )
    assert "with bias, padding, groups: they are" in invoked("init", "layers.py").output
    text = Path("cnnspec_adapter.py").read_text()
    assert 'def conv(image, filters, *, bias=None, padding="valid", groups=1):\n' in text
    assert "layers.conv2d(image, filters, b=bias, padding=padding, groups=groups)\n" in text
    options = '"bias": "bias", "padding": "padding:same/valid", "groups": "groups"'
    assert f'cnnspec.adapt(conv=conv, parameters={{"conv": {{{options}}}}})' in text


def test_an_adapter_of_classes_is_drafted() -> None:
    Path("layers.py").write_text(CLASSES)
    result = invoked("init", "layers.py")
    assert result.exit_code == 0, result.output
    text = Path("cnnspec_adapter.py").read_text()
    assert "layer.params['W'] = filters" in text
    assert "layer.params['b'] = np.zeros_like(layer.params['b'])" in text
    assert "def conv(image, filters, *, stride=1, padding=0):\n" in text
    assert "stride=stride, padding=padding)" in text
    assert "layers.Pool2D(pool_size=(size, size), stride=stride, mode='avg')" in text
    assert "open: " not in result.output
    conforms()


def test_what_the_names_do_not_say_is_left_open() -> None:
    Path("layers.py").write_text(
        "import cnnspec\ndef conv2d(image, kernel, zeta): return cnnspec.conv(image, kernel)\n"
        "class MaxPool:\n    def __init__(self, size): self.size = size\n"
        "    def pool_it(self, x): return cnnspec.pooling(x, self.size)\n"
    )
    result = invoked("init", "layers.py")
    assert "open: what is zeta of conv2d?" in result.output
    assert "open: which method of MaxPool computes?" in result.output
    text = Path("cnnspec_adapter.py").read_text()
    assert "# open: what is zeta of conv2d?" in text
    assert "return layers.conv2d(image, kernel" not in text
    assert "return layers.conv2d(image, filters, None)" in text


def test_a_layer_that_is_given_its_weights_and_a_file_of_an_odd_name() -> None:
    Path("lib").mkdir()
    Path("lib/my-layers.py").write_text(
        "import cnnspec\nclass Convolution:\n"
        "    def __init__(self, weights, bias): self.weights, self.bias = weights, bias\n"
        "    def __call__(self, x): return cnnspec.conv(x, self.weights) + self.bias\n"
    )
    result = invoked("init", "lib/my-layers.py")
    assert result.exit_code == 0, result.output
    text = Path("cnnspec_adapter.py").read_text()
    assert "layer = my_layers.Convolution(filters, np.zeros(len(filters)))" in text
    conforms()


COUNT_LAST = """
import numpy as np
def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, rows, columns, channels = A_prev.shape
    f, _, _, count = W.shape
    Z = np.zeros((m, rows - f + 1, columns - f + 1, count))
    for i in range(Z.shape[1]):
        for j in range(Z.shape[2]):
            part = A_prev[:, i:i + f, j:j + f, :, None]
            Z[:, i, j] = (part * W).sum(axis=(1, 2, 3)) + b.reshape(1, count)
    return Z, (A_prev, W, b, hparameters)
"""


def test_filters_whose_count_comes_last_get_a_bias_of_that_length() -> None:
    Path("layers.py").write_text(COUNT_LAST)
    assert "open: " not in invoked("init", "layers.py").output
    text = Path("cnnspec_adapter.py").read_text()
    assert "np.zeros(filters.shape[-1])" in text
    assert 'image="NHWC", filters="HWIO"' in text
    conforms()


def test_parameters_by_name_annotations_and_odd_names() -> None:
    Path("class.py").write_text(
        "# -*- coding: latin-1 -*-\nimport cnnspec, numpy as np\n"
        "class Conv2D:\n"
        "    def __init__(self, filters, kernel_size, *, strides=(1, 1)):\n"
        "        self.filters = filters\n"
        "        self.kernel: np.ndarray = np.ones(1)\n"
        "    def call(self, x): return cnnspec.conv(x, self.kernel)\n"
        "def max_pool(x, *, size, stride): return cnnspec.pooling(x, size, stride)\n"
        "class MeanPool:\n    def __call__(self, x): return cnnspec.average_pooling(x, 2, 2)\n"
        "# \u00e9\n",
        encoding="latin-1",
    )
    result = invoked("init", "class.py")
    assert "open: MeanPool takes no size: decline others than its own" in result.output
    assert "max_pool takes no" not in result.output
    text = Path("cnnspec_adapter.py").read_text()
    assert "def conv(image, filters, *, stride=(1, 1)):\n" in text
    assert "layer = my_class.Conv2D(len(filters), filters.shape[2], strides=stride)" in text
    assert "layer.kernel = filters" in text
    assert "layer.filters" not in text
    assert "my_class.max_pool(feature_map, size=size, stride=stride)" in text


def test_what_does_not_run_yet_is_part_of_the_target() -> None:
    Path("layers.py").write_text(NCHW.replace("def conv2d(x, w, b=None", "def conv2d(x, w, zeta"))
    result = invoked("init", "layers.py")
    assert "open: what is zeta of conv2d?" in result.output
    text = Path("cnnspec_adapter.py").read_text()
    assert "target = cnnspec.adapt(conv=conv, relu=relu, pooling=pooling, image=" in text


def test_a_file_that_holds_nothing_is_refused() -> None:
    for content, problem in (
        ("x = 1\n", "defines nothing that looks like conv or relu or pooling"),
        ("def conv(:\n", "is not Python"),
    ):
        Path("mine.py").write_text(content)
        result = invoked("init", "mine.py")
        assert result.exit_code == 2
        assert problem in result.output
        assert not Path("cnnspec_adapter.py").exists()


def test_an_adapter_that_is_there_is_kept() -> None:
    Path("cnnspec_adapter.py").write_text("kept = True\n")
    Path("mine.py").write_text(NCHW)
    for arguments in (["init"], ["init", "mine.py"]):
        result = invoked(*arguments)
        assert result.exit_code == 2
        assert "cnnspec_adapter.py: File exists" in result.output
    assert Path("cnnspec_adapter.py").read_text() == "kept = True\n"


def test_a_code_that_cannot_be_imported_is_drafted_all_the_same() -> None:
    Path("mine.py").write_text(NCHW + "\nraise SystemExit('no')\n")
    result = invoked("init", "mine.py")
    assert result.exit_code == 0
    assert "open: cnnspec_adapter.py cannot be imported: SystemExit: no" in result.output


def test_what_a_draft_is_made_of() -> None:
    file = Path("mine.py")
    file.write_text("def max_pool(x, f=2, s=2, mode='max'):\n    return x\n")
    made = drafting.draft(file)
    assert made.used == {"pooling": "max_pool", "average_pooling": "max_pool"}
    assert made.lines["pooling"][1] == (
        "    return mine.max_pool(feature_map, f=size, s=stride, mode='max')"
    )
