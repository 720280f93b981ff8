import hashlib
import json
import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import skimage.color
import skimage.data

from cnnspec import article, reference, spec
from cnnspec.article import golden
from cnnspec.kit.exact import gamma
from cnnspec.spec import WITHOUT_PARAMETERS, Array, Edition

FOLDER = golden.directory()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the goldens that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "golden"))


def problems(folder: Path) -> dict[str, str]:
    return {finding.file: finding.problem for finding in golden.verify(folder) if finding.problem}


def test_S2_the_goldens_hold() -> None:
    assert problems(FOLDER) == {}
    assert sum(1 for _ in golden.verify(FOLDER)) == len(golden.plan()) == 35


def test_S2_writing_gives_the_same_bytes(tmp_path: Path) -> None:
    written = set(golden.write(tmp_path))
    for file in written:
        assert (tmp_path / file).read_bytes() == (FOLDER / file).read_bytes(), file
    assert written == {step.file for step in golden.plan()} | {"manifest.json"}


def test_the_goldens_are_small_plain_arrays() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 12_000_000
    for path in FOLDER.rglob("*.npy"):
        header = path.read_bytes()[:8]
        assert header == b"\x93NUMPY\x01\x00"
        assert np.load(path, mmap_mode="r").flags.c_contiguous


def test_S2_shapes_are_those_of_the_article() -> None:
    shapes = {
        "article": [(148, 224, 2), (144, 220, 3), (71, 109, 3), (65, 103, 1), (32, 51, 1)],
        "standard": [(149, 224, 2), (145, 220, 3), (72, 110, 3), (66, 104, 1), (33, 52, 1)],
    }
    for track in get_args(golden.Track):
        assert golden.load(FOLDER, f"{track}/l1_conv").shape == (298, 449, 2)
        for edition, expected in shapes.items():
            names = ("l1_pool", "l2_conv", "l2_pool", "l3_conv", "l3_pool")
            found = [golden.load(FOLDER, f"{track}/{n}.{edition}").shape for n in names]
            assert found == expected


def test_P4a_the_publication_leaves_its_last_windows_at_zero() -> None:
    first = golden.load(FOLDER, "article/l1_pool.article")
    third = golden.load(FOLDER, "article/l3_pool.article")
    assert not first[:, -1].any()
    assert first[-1].any()
    assert not third[:, -1].any()
    assert not third[-1].any()
    assert third[:-1, :-1].all()


def test_S2_the_exact_track_is_exact() -> None:
    for number in (1, 2, 3):
        for edition in WITHOUT_PARAMETERS:
            before = "image" if number == 1 else f"l{number - 1}_pool.{edition}"
            image = golden.load(FOLDER, f"exact/{before}")
            filters = golden.load(FOLDER, f"exact/l{number}_filters")
            largest = reference.conv(np.abs(image), np.abs(filters)).max()
            assert largest < 2**53
            if number == 1:  # float32 and int32 as well
                assert largest < 2**24


@pytest.mark.parametrize("edition", WITHOUT_PARAMETERS)
def test_S2_the_spec_gives_the_exact_track_on_a_corner_of_chelsea(edition: Edition) -> None:
    """The maps of a corner are the corner of the maps, but for rows and columns at its cut: the
    published pooling leaves some of those at zero, and each such zero spoils K-1 of the next."""
    image = golden.load(FOLDER, "exact/image")[:54, :57].astype(object)
    banks = [golden.load(FOLDER, f"exact/l{n}_filters").astype(object) for n in (1, 2, 3)]
    layers = spec.stack(image, banks, edition=edition)
    for number, layer in enumerate(layers, 1):
        suffix = "" if number == 1 else f".{edition}"
        stored = golden.load(FOLDER, f"exact/l{number}_conv{suffix}")
        spoilt = 0 if edition == "standard" else number - 1
        rows, cols = (extent - spoilt for extent in layer.conv.shape[:2])
        assert min(rows, cols) > 0
        assert np.array_equal(layer.conv[:rows, :cols], stored[:rows, :cols])


@pytest.mark.parametrize("edition", WITHOUT_PARAMETERS)
def test_S2_float32_gives_the_exact_track_of_layer_one(edition: Edition) -> None:
    image = golden.load(FOLDER, "exact/image").astype(np.float32)
    filters = golden.load(FOLDER, "exact/l1_filters").astype(np.float32)
    (layer,) = reference.stack(image, [filters], edition=edition)
    assert layer.pool.dtype == np.float32
    assert np.array_equal(layer.pool, golden.load(FOLDER, f"exact/l1_pool.{edition}"))


def test_the_grey_image_is_that_of_skimage() -> None:
    stored = golden.load(FOLDER, "article/image")
    skimages = skimage.color.rgb2gray(skimage.data.chelsea())
    allowed = stored * float(gamma(golden.GREY_ROUNDINGS, float))
    assert np.all(np.abs(stored - skimages) <= allowed)


def test_C9_the_bound_of_a_run_is_the_sum_of_its_parts() -> None:
    image, filters = np.array([[0.5, -2.0]]), np.array([[[3.0]]])
    unit = 2.0**-53
    own = golden.conv_bound(image, filters, np.zeros((1, 2))).ravel()
    assert np.allclose(
        own, [1.5 * 3 * unit, 6 * 3 * unit], rtol=1e-9
    )  # one tap, two roundings more
    spread = golden.conv_bound(image, filters, np.full((1, 2), 1e-3)).ravel()
    assert np.allclose(spread, 3e-3, rtol=1e-9)
    assert golden.GREY_ROUNDINGS == 2 * 5 + 1


@pytest.mark.parametrize("edition", WITHOUT_PARAMETERS)
def test_S2_a_run_matches_and_a_wrong_run_does_not(edition: Edition) -> None:
    layers = reference.stack(article.chelsea(), article.filter_banks(), edition=edition)
    assert 0 < golden.compare(layers, edition, FOLDER) < 1
    assert golden.compare_exact(edition, FOLDER) == []
    last = layers[2]
    nudged = last._replace(conv=last.conv * (1 + 1e-11))
    assert golden.compare([*layers[:2], nudged], edition, FOLDER) > 1
    for spoilt in (np.nan, np.inf):
        third = last._replace(
            conv=last.conv + np.where(np.arange(last.conv.shape[1]), 0, spoilt)[:, None]
        )
        assert golden.compare([*layers[:2], third], edition, FOLDER) == np.inf
    with pytest.raises(ValueError, match="shorter"):
        golden.compare(layers[:1], edition, FOLDER)
    other: Edition = "article" if edition == "standard" else "standard"
    assert golden.compare(layers, other, FOLDER) == np.inf


def test_a_spoilt_golden_is_found(copy: Path) -> None:
    path = copy / "exact/l1_relu.npy"
    array = np.load(path)
    array[0, 0, 0] = 2**30
    np.save(path, array)
    found = problems(copy)
    assert found["exact/l1_relu.npy"] == "differs from the manifest in sha256"
    assert found["exact/l1_pool.standard.npy"] == "does not follow from its inputs"


@pytest.mark.parametrize("spoilt", [np.zeros((2, 2), np.int32), np.zeros((300, 451))])
def test_an_input_of_another_shape_or_dtype_is_found(copy: Path, spoilt: Array) -> None:
    np.save(copy / "exact/image.npy", spoilt)
    found = problems(copy)
    assert found["exact/image.npy"].startswith("differs from the manifest in")
    assert found["exact/l1_conv.npy"] == "an input of it cannot be used"


def test_a_golden_that_does_not_follow_is_found(copy: Path) -> None:
    for name, change in (("exact/l3_conv.article", 1), ("article/l3_conv.article", 1e-9)):
        path = copy / f"{name}.npy"
        array = np.load(path)
        array[0, 0, 0] += change
        np.save(path, array)
        manifest = json.loads((copy / "manifest.json").read_text())
        for entry in manifest["files"]:
            if entry["file"] == f"{name}.npy":
                entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        (copy / "manifest.json").write_text(json.dumps(manifest))
    found = problems(copy)
    assert found["exact/l3_conv.article.npy"] == "does not follow from its inputs"
    assert found["article/l3_conv.article.npy"] == "exceeds what C9 allows"


def test_missing_broken_and_unlisted_files_are_found(copy: Path) -> None:
    (copy / "exact/l1_conv.npy").unlink()
    (copy / "article/l3_conv.article.npy").write_bytes(b"no array")
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"] = [e for e in manifest["files"] if e["file"] != "exact/image.npy"]
    manifest["files"].append({"file": "exact/l4_conv.npy"})
    (copy / "manifest.json").write_text(json.dumps(manifest))
    found = problems(copy)
    assert "No such file" in found["exact/l1_conv.npy"]
    assert "is not a .npy file" in found["article/l3_conv.article.npy"]
    assert found["article/l3_pool.article.npy"] == "an input of it cannot be used"
    assert "differs from the manifest" in found["exact/image.npy"]
    assert "no golden of this version" in found["exact/l4_conv.npy"]


@pytest.mark.parametrize("text", ["", "[]", '{"files": [1]}', '{"files": [{"name": "x"}]}'])
def test_a_broken_manifest_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(golden.GoldenError, match="is not a manifest"):
        list(golden.verify(tmp_path))
