"""Checkpoints come back exactly, or not at all."""

import errno
import gc
import shutil

import jax
import numpy as np
import pytest

from vae_jax.errors import UserError
from vae_jax.runs import checkpoints
from vae_jax.runs.retention import Keep, doomed, most, read_keep
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
    for epoch in (1, 2, 3):
        checkpoints.save(tmp_path / "checkpoints", epoch, make_states(epoch), Keep())
    return tmp_path / "checkpoints"


def restore(directory):
    warnings = []
    return checkpoints.restore(directory, TEMPLATE, warnings.append), warnings


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
            checkpoints.save(directory, 3, make_states(3), Keep())  # as training goes on
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
        assert not checkpoints.is_whole(directory / "3")
        blob.write_bytes(content)
        assert checkpoints.is_whole(directory / "3")


@pytest.mark.filterwarnings("ignore")  # Orbax leaves tasks and files open when it fails
def test_another_model_is_not_restored_into_this_one(directory):
    warnings = []
    wrong = TEMPLATE._replace(
        params={"w": np.empty((3, 400, 6), "f4"), "b": TEMPLATE.params["b"]}
    )
    with pytest.raises(
        UserError, match="3: is whole, but holds the states of another model"
    ):
        checkpoints.restore(directory, wrong, warnings.append)
    assert not warnings and files_of(directory, 3)
    # Collected later, inside an `ast.parse`, the tasks' logged tracebacks would break it.
    gc.collect()


def test_a_fault_of_the_machine_costs_no_checkpoint(directory, monkeypatch):
    def refuse(*args, **settings):
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.ocp.Checkpointer, "restore", refuse)
        with pytest.raises(UserError, match=r"3: cannot be read .Too many open files"):
            checkpoints.restore(directory, TEMPLATE, print)
    assert_is(restore(directory)[0], 3)


def test_a_full_disk_is_one_line_and_the_last_checkpoint_stays(directory, monkeypatch):
    usage = shutil.disk_usage(directory)._replace(free=1_000_000)
    monkeypatch.setattr(checkpoints.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(UserError, match=r"checkpoint 4 needs 1\.1 MB and 1\.0 are free"):
        checkpoints.save(directory, 4, make_states(4), Keep())
    assert_is(restore(directory)[0], 3)


def test_the_leaves_are_checked_after_orbax(directory, monkeypatch):
    """What comes out is compared, not only what lies there."""
    real = checkpoints.ocp.Checkpointer.restore

    def wrong(self, place, **settings):
        found = real(self, place, **settings)
        if place.name == "3":
            found.params["w"][0, 0, 0] += 1e-6
        return found

    monkeypatch.setattr(checkpoints.ocp.Checkpointer, "restore", wrong)
    found, warnings = restore(directory)
    assert_is(found, 2)
    assert "3: damaged; set aside as damaged_3" in warnings[0]


def test_a_checkpoint_is_there_whole_or_not_at_all(directory, monkeypatch):
    """Killed anywhere before the renaming: nothing of it counts, and it is saved again."""

    def killed(*args, **settings):
        raise KeyboardInterrupt

    for target, name in ((checkpoints.seals, "seal"), (checkpoints.Path, "rename")):
        with monkeypatch.context() as patch:
            patch.setattr(target, name, killed)
            with pytest.raises(KeyboardInterrupt):
                checkpoints.save(directory, 4, make_states(4), Keep())
        assert checkpoints.epochs(directory) == [2, 3]
        assert_is(restore(directory)[0], 3)
    checkpoints.save(directory, 4, make_states(4), Keep())
    assert_is(restore(directory)[0], 4)
    assert sorted(p.name for p in directory.iterdir()) == ["3", "4"]


def test_with_none_left_that_is_said(directory):
    for epoch in (2, 3):
        flip(directory / str(epoch) / "sha256.json")
    found, warnings = restore(directory)
    assert found is None
    assert warnings[-1].endswith("no whole checkpoint is left; its members start again")


def test_a_link_out_of_the_checkpoint_is_no_file_of_it(directory, tmp_path):
    file = max(files_of(directory, 3), key=lambda f: f.stat().st_size)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    found, warnings = restore(directory)
    assert_is(found, 2)
    assert len(warnings) == 1


@pytest.mark.parametrize(
    "text, kept",
    [
        ("latest:2", [90, 100]),
        ("latest:1,best:2", [20, 50, 100]),
        ("latest:1,every:40", [40, 80, 100]),
        ("best:1", [20, 90, 100]),
    ],
)
def test_what_is_kept(text, kept):
    losses = {epoch: float(epoch) for epoch in range(10, 101, 10)}
    losses |= {20: 1.0, 50: 2.0, 10: None}
    keep = read_keep(text)
    assert sorted(losses.keys() - set(doomed(losses, keep))) == kept


def test_no_more_lie_there_than_the_plan_says():
    """Saving one by one, with losses in any order."""
    rng = np.random.default_rng(0)
    for text in ("latest:1", "latest:3,best:2", "latest:1,best:1,every:20"):
        keep, there, peak = read_keep(text), {}, 0
        for epoch in range(5, 101, 5):
            there[epoch] = float(rng.standard_normal())
            peak = max(peak, len(there))
            for old in doomed(there, keep):
                del there[old]
        assert len(there) <= peak <= most(20, 5, keep)


@pytest.mark.parametrize("text", ["", "latest", "latest:0", "best:x", "every:-1", "all:1"])
def test_a_policy_that_is_none(text):
    with pytest.raises(UserError, match="--keep"):
        read_keep(text)


def test_the_best_of_a_directory_stay(tmp_path):
    for epoch, loss in ((1, 3.0), (2, 1.0), (3, 2.0), (4, 5.0)):
        checkpoints.save(tmp_path, epoch, make_states(epoch), Keep(1, 1), loss)
    assert checkpoints.epochs(tmp_path) == [2, 4]
