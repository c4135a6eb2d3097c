"""Training from images on disk: the same bits as from memory, in bounded memory."""

import subprocess
import sys
from functools import cache

import jax
import numpy as np
import pytest
from conftest import make_spec
from test_train import MEMBERS

from vae_jax.data.shards import Shards
from vae_jax.training import pieces, sweep
from vae_jax.training.devices import Layout
from vae_jax.training.pieces import Large
from vae_jax.types import Images

BATCH, WIDTH = 8, 12


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).integers(0, 17, (43, WIDTH)).astype(np.uint8)


@pytest.fixture
def on_disk(rows, tmp_path):
    """The rows in files of nine, the last of which is not full."""
    files = [tmp_path / f"{i}.npy" for i in range(-(-len(rows) // 9))]
    for i, file in enumerate(files):
        np.save(file, rows[9 * i : 9 * (i + 1)])
    return Shards(files, 9, len(rows), WIDTH, np.uint8)


@cache
def program_of(patience):
    """The program of these tests, compiled once for a patience."""
    return sweep.build_program(make_spec(), BATCH, Layout("cpu", 2, 2), patience=patience)


def trained(program, images, calls):
    """States and logs of members after calls of so many epochs."""
    hparams = sweep.split_groups(program, sweep.stack_hparams(MEMBERS, 5))
    states = [program.init(group) for group in hparams]
    shared, logs = sweep.share(program, images), []
    for epochs in calls:
        found = sweep.train_groups(program, states, shared, hparams, epochs)
        logs.append(sweep.join_groups(list(found), len(MEMBERS)))
    return sweep.join_groups(states, len(MEMBERS)), logs


def same(a, b):
    return jax.tree.all(
        jax.tree.map(lambda x, y: np.array_equal(x, y, equal_nan=True), a, b)
    )


@pytest.mark.parametrize("patience", [0, 2])
@pytest.mark.parametrize("steps", [2, 100])
def test_pieces_give_the_bits_of_memory(rows, on_disk, steps, patience, monkeypatch):
    """Whatever a piece holds, with and without early stopping, in calls of any length."""
    monkeypatch.setattr(pieces, "PIECE_BYTES", steps * 4 * BATCH * WIDTH)
    program = program_of(patience)
    valid = rows[:7] if patience else ()
    calls = [range(0, 1), range(1, 4)]
    inside = trained(program, Images(rows, valid), calls)
    large = Large(on_disk, valid, rows)
    outside = trained(program, large, calls)
    assert same(inside, outside)
    assert same(outside[0], trained(program, large, [range(0, 4)])[0])


def test_each_member_reads_its_own_order(on_disk):
    """Every image once in an epoch, whatever the pieces."""
    program = program_of(0)
    (group, *_) = sweep.split_groups(program, sweep.stack_hparams(MEMBERS, 5))
    large, seen = Large(on_disk, (), on_disk[:5]), []
    for epoch in range(BATCH):  # in which the left over images come round
        steps = program.pieces.steps_of(large, epoch)
        found = list(program.pieces.pieces(large, group, epoch, steps))
        assert [low for low, _ in found] == [0]
        seen.append(np.asarray(found[0][1])[:, : steps * BATCH])
    whole = np.concatenate(seen, axis=1)
    for member in whole:
        assert len(member) == BATCH * len(on_disk)
        counts = np.unique(member, axis=0, return_counts=True)[1]
        assert (counts % BATCH == 0).all()


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000,) * 2)
import jax, numpy as np
jax.config.update("jax_num_cpu_devices", 2)
from pathlib import Path
from vae_jax.data.shards import Shards
from vae_jax.models.model import ModelSpec
from vae_jax.studies.member import Member
from vae_jax.training import pieces, sweep
from vae_jax.training.devices import Layout
from vae_jax.training.members import stacked

folder, images, rows, width = Path(sys.argv[1]), 1_000_000, 2_730, 3_072
files = [folder / f"{i:05d}.npy" for i in range(-(-images // rows))]
for file in files:  # sparse: zeros take no room on disk
    np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=(rows, width))
shards = Shards(files, rows, images, width, np.uint8)
spec = ModelSpec({"name": "mlp", "hidden": (4,)}, {"name": "gaussian"},
                 {"name": "standard_normal"}, {"name": "bernoulli"}, {"name": "elbo"},
                 2, (32, 32, 3), 256)
members = [Member(latents=2, seed=s) for s in (0, 1)]
program = sweep.build_program(spec, 128, Layout("cpu", 2, 1))
pieces.Pieces.steps_of = lambda self, images, epoch: 90  # of 7,813: memory is the same
(group,) = sweep.split_groups(program, stacked(spec, members))
large = sweep.share(program, pieces.Large(shards, (), shards[:1_000]))
_, log = program.pieces.train(program.init(group), large, group, 0, 1)
print(np.asarray(log.trained).tolist())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are Linux's")
def test_a_million_colour_images_in_two_gigabytes(tmp_path):
    """3 GB of pixels under a limit of 2 GB on all that the process maps."""
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == ["[90,", "90]"], done.stderr[-2_000:]
