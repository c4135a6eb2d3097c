"""Checkpoints come back exactly, or not at all."""

import errno
import gc
import shutil

import jax
import numpy as np
import pytest

from vae_jax import checkpoint
from vae_jax.errors import UserError
from vae_jax.types import Best, TrainState


def make_states(seed):
    rng = np.random.default_rng(seed)
    params = {
        "w": rng.normal(size=(3, 400, 5)).astype("f4"),
        "b": np.full((3, 2), np.nan, "f4"),
    }
    opt_state = (rng.normal(size=(3, 7)).astype("f4"),)
    whole, real = np.full(3, 2**31 - 1, "i4"), np.full(3, np.inf, "f4")
    best = Best({"w": params["w"] + 1}, real, whole)
    return TrainState(whole, params, opt_state, whole - 1, real, whole - 2, best)


TEMPLATE = jax.tree.map(np.empty_like, make_states(0))


@pytest.fixture
def directory(tmp_path):
    with checkpoint.manager(tmp_path / "checkpoints") as checkpoints:
        for epoch in (1, 2, 3):
            checkpoint.save(checkpoints, epoch, make_states(epoch))
    return tmp_path / "checkpoints"


def restore(directory):
    warnings = []
    with checkpoint.manager(directory) as checkpoints:
        return checkpoint.restore(checkpoints, TEMPLATE, warnings.append), warnings


def assert_is(found, epoch):
    assert found[0] == epoch
    leaves = zip(
        jax.tree.leaves(found[1]), jax.tree.leaves(make_states(epoch)), strict=True
    )
    for actual, expected in leaves:
        assert actual.dtype == expected.dtype
        np.testing.assert_array_equal(actual, expected)


def test_the_newest_comes_back_exactly_and_two_are_kept(directory):
    found, warnings = restore(directory)
    assert_is(found, 3)
    assert not warnings
    assert sorted(p.name for p in directory.iterdir()) == ["2", "3"]


def test_there_may_be_none(tmp_path):
    assert restore(tmp_path / "checkpoints") == (None, [])


def files_of(directory, epoch):
    return sorted(p for p in (directory / str(epoch)).rglob("*") if p.is_file())


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(bytes(content))


def test_no_damage_is_silent(directory, capfd):
    """Any file of the newest flipped, emptied or gone: the one before, and one line."""
    for i in range(len(files_of(directory, 3))):
        for damage in (
            flip,
            lambda file: file.write_bytes(b""),
            lambda file: file.unlink(),
        ):
            files = files_of(directory, 3)  # as many as the threads that wrote them
            file = files[min(i, len(files) - 1)]
            damage(file)
            found, warnings = restore(directory)
            assert_is(found, 2)
            assert "3: damaged; set aside as damaged_3" in warnings[0]
            with checkpoint.manager(directory) as checkpoints:  # as training would go on
                checkpoint.save(checkpoints, 3, make_states(3))
    assert_is(restore(directory)[0], 3)
    gc.collect()
    assert capfd.readouterr() == ("", "")


def test_bits_flipped_anywhere_are_noticed(directory):
    """Orbax alone restores most of these without a word."""
    blob = max(files_of(directory, 3), key=lambda file: file.stat().st_size)
    content = blob.read_bytes()
    for place in np.linspace(0, len(content) - 1, 8).astype(int):
        damaged = bytearray(content)
        damaged[place] ^= 1
        blob.write_bytes(bytes(damaged))
        assert not checkpoint.is_whole(directory / "3")
        blob.write_bytes(content)
        assert checkpoint.is_whole(directory / "3")


@pytest.mark.filterwarnings("ignore")  # Orbax leaves tasks and files open when it fails
def test_another_model_is_not_restored_into_this_one(directory):
    warnings = []
    wrong = TEMPLATE._replace(
        params={"w": np.empty((3, 400, 6), "f4"), "b": TEMPLATE.params["b"]}
    )
    with (
        checkpoint.manager(directory) as checkpoints,
        pytest.raises(
            UserError, match="3: is whole, but holds the states of another model"
        ),
    ):
        checkpoint.restore(checkpoints, wrong, warnings.append)
    assert not warnings and files_of(directory, 3)
    # Collected later, inside an `ast.parse`, the tasks' logged tracebacks would break it.
    gc.collect()


def test_a_fault_of_the_machine_costs_no_checkpoint(directory, monkeypatch):
    def refuse(*args, **settings):
        raise OSError(errno.EMFILE, "Too many open files")

    with checkpoint.manager(directory) as checkpoints:
        monkeypatch.setattr(checkpoints, "restore", refuse)
        with pytest.raises(UserError, match=r"3: cannot be read .Too many open files"):
            checkpoint.restore(checkpoints, TEMPLATE, print)
    assert_is(restore(directory)[0], 3)


def test_a_full_disk_is_one_line_and_the_last_checkpoint_stays(directory, monkeypatch):
    usage = shutil.disk_usage(directory)._replace(free=1_000_000)
    monkeypatch.setattr(checkpoint.shutil, "disk_usage", lambda path: usage)
    with (
        checkpoint.manager(directory) as checkpoints,
        pytest.raises(UserError, match=r"checkpoint 4 needs 1\.1 MB and 1\.0 are free"),
    ):
        checkpoint.save(checkpoints, 4, make_states(4))
    assert_is(restore(directory)[0], 3)
