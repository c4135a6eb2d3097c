"""Whatever is fed: a result, or one line. `make fuzz` searches for longer."""

import copy
import os
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up_run import make_run
from test_datasets import IMAGES, idx_bytes

from configs import digits
from vae_jax import registry
from vae_jax.data.sources.idx import read_idx
from vae_jax.errors import UserError
from vae_jax.report.sentences.answer import answer
from vae_jax.report.tables.tables import html_table
from vae_jax.runs import directory
from vae_jax.runs.load_results import load
from vae_jax.runs.pictures import read_kind
from vae_jax.storage import arrays, files, seals
from vae_jax.studies.study import Study, read

fuzz = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "150")),
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["mlp", "elbo", "digits", "log", "linear"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(tree, at=()):
    """Where something can be changed."""
    yield at
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from places(value, (*at, name))
        else:
            yield (*at, name)


CONFIG = digits.get_config("debug").to_dict()
AXES = ("beta", "latents", "seed", "epochs", "zip", "points", "random_seed", "x")
BLOCK = "arrays/program_0/block_0"
READ = (
    *("members.csv", "results.csv", "half_samples.csv", "train.jsonl", "baselines.json"),
    *(f"{BLOCK}/{kind}.npz" for kind in ("codes", "weights", "fits", "samples")),
    *("arrays/program_0/decoder.json", "arrays/program_0/images.npz"),
)
PLACES = sorted(place for place in places(CONFIG) if place)


@fuzz
@given(st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=3))
def test_configs(changes):
    config = copy.deepcopy(CONFIG)
    for place, value in changes:
        group = config
        for name in place[:-1]:
            group = group[name] if isinstance(group.get(name), dict) else {}
        group[place[-1]] = value
    try:
        assert isinstance(read(config, {}), Study)
    except UserError as error:
        assert str(error)


@fuzz
@given(
    st.dictionaries(
        st.sampled_from(["beta", "latents", "seed", "zip", "points", "x"]), values
    )
)
def test_sweeps(axes):
    config = {**copy.deepcopy(CONFIG), "sweep": axes}
    try:
        assert read(config, {}).members
    except UserError as error:
        assert str(error)


@st.composite
def damaged(draw, content):
    """The bytes with a few changes: flips, cuts, insertions."""
    found = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(found) - 1, 0)))
        kind = draw(st.sampled_from(["flip", "set", "cut", "insert", "drop"]))
        if kind == "flip" and found:
            found[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "set" and found:
            found[at] = draw(st.sampled_from([0, 1, 127, 128, 255]))
        elif kind == "cut":
            del found[at:]
        elif kind == "insert":
            found[at:at] = draw(st.binary(max_size=8))
        elif kind == "drop":
            del found[at : at + draw(st.integers(1, 40))]
    return bytes(found)


@fuzz
@given(damaged(idx_bytes(IMAGES)) | st.binary(max_size=64))
def test_idx_files(tmp_path, content):
    for name in ("images", "images.gz"):
        (tmp_path / name).write_bytes(content)
        try:
            assert read_idx(tmp_path / name, 3).ndim == 3
        except UserError as error:
            assert name in str(error)


def npz_bytes(tmp_path_factory, **arrays):
    file = tmp_path_factory.mktemp("npz") / "a.npz"
    np.savez(file, **arrays)
    return file.read_bytes()


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return npz_bytes(tmp_path_factory, images=IMAGES, labels=np.arange(30))


@fuzz
@given(st.data())
def test_npz_files(tmp_path, archive, data):
    """A user's own data, and the arrays of a run."""
    file = tmp_path / "data.npz"
    file.write_bytes(data.draw(damaged(archive) | st.binary(max_size=64)))
    try:
        registry.build("dataset", {"name": "npz", "path": str(file)})
    except UserError as error:
        assert "data.npz" in str(error)
    try:
        arrays.read_arrays(file)
    except UserError as error:
        assert "data.npz" in str(error)


@pytest.mark.parametrize("small_run", ["mlp"], indirect=True, scope="session")
@fuzz
@given(st.data())
def test_run_directories(tmp_path, small_run, data):
    """A file damaged: named. Sealed again, as no accident does it: read, or one line."""
    read_kind.cache_clear()
    name = data.draw(st.sampled_from(READ))
    workdir = tmp_path / "run"
    shutil.rmtree(workdir, ignore_errors=True)
    shutil.copytree(small_run, workdir, copy_function=os.link)
    content = (small_run / name).read_bytes()
    changed = data.draw(damaged(content))
    (workdir / name).unlink()
    (workdir / name).write_bytes(changed)
    place = (workdir / name).parent
    if name == "baselines.json":  # its SHA-256 stands in itself, and is of what it says
        try:
            assert seals.read_record(workdir / name) == seals.read_record(small_run / name)
        except UserError as error:
            assert name in str(error)
        return
    if changed != content:
        with pytest.raises(UserError, match=name.split("/")[-1]):
            load(workdir)
    seals.renew(place, [(workdir / name).name])
    try:
        for run in load(workdir):
            assert all(answer(run)) and html_table(run) and run.pictures.decoder()
    except UserError as error:
        assert str(workdir) in str(error)


@fuzz
@given(st.data())
def test_records_and_seals(tmp_path, data):
    """Read as written, or not at all."""
    record = {"id": "x", "config": {"a": [1, 2.5, None]}, "data": {}}
    directory.write_record(tmp_path, record)
    file = tmp_path / directory.CONFIG
    file.write_bytes(data.draw(damaged(file.read_bytes())))
    try:
        found = directory.read_record(tmp_path)
        assert found == {"format": directory.FORMAT, **record}
    except UserError as error:
        assert "config.json" in str(error)


@fuzz
@given(values)
def test_json_of_any_kind(tmp_path, value):
    """A seal whose content is anything counts as none."""
    files.write_json(tmp_path / seals.SEAL, {"files": value, "sha256": "0"})
    assert seals.read(tmp_path) is None
    seals.write_record(tmp_path / seals.SEAL, {"files": value})
    found = seals.broken(tmp_path)
    assert found is None or not set(found) - set(value)


def test_a_made_up_run_is_read_without_a_fault(tmp_path):
    """What the others damage is whole to begin with."""
    run = make_run(tmp_path)
    assert directory.read_record(run.workdir)["id"] == run.id
