"""Snapshots of training: the codes and decoders after the epochs that a run kept."""

import json
import re
import shutil

import jax.numpy as jnp
import numpy as np
import pytest
from commands import SMALL, call
from made_up_run import MEMBERS, make_run

from vae_jax.errors import UserError
from vae_jax.library.run import open_run
from vae_jax.pipeline import restore, snapshots
from vae_jax.pipeline.reopen import reopen_without_data
from vae_jax.portable.graph import run as run_graph
from vae_jax.portable.trace import named_leaves
from vae_jax.runs import checkpoints, directory, members
from vae_jax.runs.load_results import load
from vae_jax.runs.pictures import read_kind
from vae_jax.storage import arrays, seals

SWEEP = (
    *SMALL,
    *("--config.epochs=7", "--config.log_every=1", "--config.checkpoint_every=1"),
    *("--config.sweep.latents=(2,)", "--config.sweep.beta=(1.0,)"),
    "--config.sweep.seed=(0,1)",
)
KEEP = "--keep=latest:1,every:2"
BLOCK = "arrays/program_0/block_0"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A run that kept every second epoch, and the same run without: autoencoder, VAE."""
    home = tmp_path_factory.mktemp("snapshots")
    assert call("sweep", *SWEEP, KEEP, f"--workdir={home / 'kept'}") == 0
    assert call("sweep", *SWEEP, f"--workdir={home / 'plain'}") == 0
    return home


@pytest.fixture
def copied(home, tmp_path):
    read_kind.cache_clear()
    yield shutil.copytree(home / "kept", tmp_path / "run")
    read_kind.cache_clear()


def pictures_of(workdir):
    read_kind.cache_clear()
    (part,) = load(workdir)
    return part.pictures


def files_of(workdir):
    return {p.relative_to(workdir): p for p in workdir.rglob("*.*") if p.is_file()}


def test_the_last_snapshot_is_the_member(home):
    pictures = pictures_of(home / "kept")
    firsts = [i for i in range(4) if pictures.snapshots(i) is not None]
    seeds = [row.member.seed for row in members.read_members(home / "kept")]
    assert firsts == [i for i in range(4) if seeds[i] == 0] and len(firsts) == 2
    for number in firsts:
        found = pictures.snapshots(number)
        assert found.epochs.tolist() == [2, 4, 6, 7]
        assert found.mean.dtype == found.log_var.dtype == np.float32
        for name in ("mean", "log_var"):
            own = pictures.row("codes", number, name)
            assert getattr(found, name).shape == (4, *own.shape)
            np.testing.assert_array_equal(getattr(found, name)[-1], own)
        assert set(found.weights) == set(pictures.decoder().parameters)
        for name, leaf in found.weights.items():
            np.testing.assert_array_equal(leaf[-1], pictures.row("weights", number, name))
            assert leaf.dtype == np.float32 and not np.array_equal(leaf[0], leaf[-1])


def test_a_snapshot_before_the_end_is_that_checkpoint(home):
    """Of epoch 4: its weights, and the codes that its encoder gives."""
    workdir = home / "kept"
    (job,) = reopen_without_data(workdir)
    states = checkpoints.at(job.checkpoints(workdir, 0), 4, job.states_template(0))
    pictures = pictures_of(workdir)
    for number in (0, 2):
        found, trained = pictures.snapshots(number), restore.at(job, 0, states, number)
        leaves = named_leaves(trained.params)
        for name, leaf in found.weights.items():
            np.testing.assert_array_equal(leaf[1], leaves[name])
        images = jnp.asarray(pictures.test_images() / np.float32(255.0))
        q = job.program.model.encode(trained.params, images, trained.hparams)
        np.testing.assert_allclose(found.mean[1], q.mean, atol=5e-3)  # images are rounded
        assert np.abs(found.mean[0] - q.mean).max() > 0.02


def test_a_run_without_kept_epochs_has_the_same_other_files(home):
    plain, kept = files_of(home / "plain"), files_of(home / "kept")
    is_own = lambda path: path.parts[0] != "checkpoints"
    extra = {path for path in kept.keys() - plain.keys() if is_own(path)}
    assert {str(path) for path in extra} == {f"{BLOCK}/snapshots.npz"}
    says_more = {"config.json", "report.html", "explorer.html", "evaluation.jsonl"}
    says_more.add("times.jsonl")
    for path in plain:
        if is_own(path) and path.name not in says_more | {"sha256.json"}:
            assert plain[path].read_bytes() == kept[path].read_bytes(), path
    assert pictures_of(home / "plain").snapshots(0) is None
    assert "kept_every" not in json.loads((home / "plain" / "config.json").read_text())


@pytest.mark.parametrize("how", ["shortened", "deleted"])
def test_a_damaged_file_is_named_and_made_again(copied, how):
    file = copied / BLOCK / directory.SNAPSHOTS
    whole = file.read_bytes()
    file.write_bytes(whole[:100]) if how == "shortened" else file.unlink()
    with pytest.raises(UserError, match=r"snapshots.npz: missing or damaged"):
        load(copied)
    assert not members.is_finished(copied)
    assert call("sweep", *SWEEP, f"--workdir={copied}") == 0  # keeps what the run keeps
    assert file.read_bytes() == whole and members.is_finished(copied)


def test_whole_snapshots_outlive_their_checkpoints(copied):
    """Another file is damaged after the checkpoints were tidied away."""
    file = copied / BLOCK / directory.SNAPSHOTS
    whole = file.read_bytes()
    assert call("clean", f"--workdir={copied}", "--yes") == 0
    (copied / BLOCK / "codes.npz").unlink()
    assert call("sweep", *SWEEP, KEEP, f"--workdir={copied}") == 0
    assert file.read_bytes() == whole


def test_epochs_whose_checkpoints_are_gone_or_damaged_are_left_out(copied, capsys):
    saved = copied / "checkpoints/program_0/block_0"
    shutil.rmtree(saved / "2")
    (saved / "4" / seals.SEAL).write_bytes(b"")
    (copied / BLOCK / directory.SNAPSHOTS).unlink()
    assert call("sweep", *SWEEP, KEEP, f"--workdir={copied}") == 0
    assert re.search(r"4: damaged; no snapshot is made of it", capsys.readouterr().err)
    assert pictures_of(copied).snapshots(0).epochs.tolist() == [6, 7]
    shutil.rmtree(saved / "6")
    (copied / BLOCK / directory.SNAPSHOTS).unlink()
    assert call("sweep", *SWEEP, KEEP, f"--workdir={copied}") == 0
    assert pictures_of(copied).snapshots(0) is None  # the end alone is no story
    assert directory.SNAPSHOTS not in seals.read(copied / BLOCK)["files"]


def test_of_many_epochs_twelve_are_chosen(home, monkeypatch):
    (job,) = reopen_without_data(home / "kept")
    monkeypatch.setattr(checkpoints, "epochs", lambda _: list(range(1, 101)))
    chosen = snapshots.kept_epochs(job, snapshots.SavedBlock(0, 99, None), home / "kept")
    assert chosen[0] == 2 and len(chosen) == snapshots.MOST - 1
    assert all(epoch % 2 == 0 for epoch in chosen)
    assert np.ptp(np.diff([*chosen[1:], 99])) <= 4  # even, up to rounding


def test_a_member_is_found_in_its_block(tmp_path):
    """Of two blocks the second has snapshots, of its members 1 and 3."""
    run = make_run(tmp_path)
    codes = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    found = {"mean": codes, "log_var": -codes, "weights/kernel": codes[..., :1]}
    ends = {"epochs": np.array([1, 2, 3]), "members": np.array([1, 3])}
    arrays.write_arrays(run.pictures.blocks[1] / directory.SNAPSHOTS, {**ends, **found})
    half = len(MEMBERS) // 2
    there = {n: run.pictures.snapshots(n) for n in range(len(MEMBERS))}
    assert {n for n, one in there.items() if one} == {half + 1, half + 3}
    one = there[half + 3]
    np.testing.assert_array_equal(one.mean, codes[1])
    np.testing.assert_array_equal(one.log_var, -codes[1])
    np.testing.assert_array_equal(one.weights["kernel"], codes[1, ..., :1])
    with pytest.raises(UserError, match="members are missing"):
        run.pictures.snapshots(len(MEMBERS))


def test_a_run_shared_without_weights_has_none(home, tmp_path):
    for weights in (False, True):
        file = open_run(home / "kept").share(tmp_path / f"{weights}.zip", weights=weights)
        (part,) = open_run(file).programs
        assert (part.pictures.snapshots(0) is not None) == weights
    assert open_run(tmp_path / "False.zip").record["left_out"] == ["weights", "snapshots"]
    plain = open_run(home / "plain").share(tmp_path / "plain.zip")
    assert open_run(plain).record["left_out"] == ["weights"]


def test_the_explorer_has_a_slider_over_time(home, open_page):
    """Codes and decoder of an epoch are its snapshot's, and a link says which."""
    workdir = home / "kept"
    found = pictures_of(workdir).snapshots(0)
    page = open_page(workdir / directory.EXPLORER)
    epochs = page.evaluate("MEMBERS[0].snapshots.map((s) => s.epoch)")
    assert epochs == found.epochs[:-1].tolist()
    page.evaluate("change({ member: 0 })")
    page.locator("#set-epoch").focus()
    page.keyboard.press("Home")
    assert page.locator("#epoch").text_content() == f"after epoch {epochs[0]}"
    latents = page.evaluate("member().latents")
    codes = page.evaluate("opened(member()).codes.map((z) => Array.from(z))")
    np.testing.assert_allclose(codes, found.mean[0][:400, :latents], rtol=2e-3, atol=1e-4)
    graph = pictures_of(workdir).decoder()
    z = np.zeros(graph.input, np.float32)
    z[0, :latents] = 0.5
    weights = {name: array[0] for name, array in found.weights.items()}
    pixels = page.evaluate(
        "(n) => Array.from(decoded(member(), new Array(n).fill(0.5)))", latents
    )
    np.testing.assert_allclose(pixels, run_graph(graph, weights, z)[0], atol=2e-3)
    page.wait_for_timeout(400)
    assert f"epoch={epochs[0]}" in page.url
    page.keyboard.press("End")
    assert page.locator("#epoch").text_content() == "at its end"
    page.evaluate("location.hash = '#epoch=1234567'")
    page.wait_for_timeout(200)
    assert "epoch = 1234567" in page.locator("#answer").text_content()
