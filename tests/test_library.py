"""A run in Python: what its members compute is what the run itself computed of them."""

import csv
import math
import shutil
import subprocess
import sys
import threading
import zipfile

import jax
import numpy as np
import pandas
import pytest
from commands import ROOT, call

import vae_jax
from vae_jax import pure
from vae_jax.errors import UserError
from vae_jax.library.pixels import unit_rows
from vae_jax.report.figures.decode import decoder_of
from vae_jax.training.devices import Layout
from vae_jax.training.members import Training, stacked
from vae_jax.training.sweep import build_program

TINY = {
    "network": {"hidden": (16,)},
    "epochs": 2,
    "sweep": {"beta": (0.5, 1.0), "latents": (2,), "seed": (0, 1)},
    "evaluation": {"metrics": ("rate_distortion",), "max_images": 30},
}


@pytest.fixture(scope="module")
def opened(finished_run):
    return vae_jax.open(finished_run("mlp"))


@pytest.fixture(scope="module")
def digits():
    data = vae_jax.load_data("digits")
    return data.test.reshape(-1, *data.shape)


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """A run trained from Python on one's own file; then moved, and the file deleted."""
    home = tmp_path_factory.mktemp("own")
    images = np.random.default_rng(0).integers(0, 256, (60, 3, 5), np.uint8)
    np.savez(home / "mine.npz", images=images)
    data = {"name": "npz", "path": str(home / "mine.npz"), "array": "images"}
    fields = {**TINY, "dataset": data, "batch_size": 16, "autoencoder": False}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vae_jax.training.devices.start", lambda: None)
        patch.setattr(jax, "local_device_count", lambda: 1)
        trained = vae_jax.train("digits:debug", workdir=home / "run", **fields)
    assert [row["status"] for row in trained.members] == ["done"] * 4
    shutil.move(home / "run", home / "elsewhere")
    (home / "mine.npz").unlink()
    return vae_jax.open(home / "elsewhere")


def test_codes_are_those_that_the_run_kept(opened, digits):
    """Of every member, mean and spread, in the dimensions in use and no others."""
    program = opened.programs[0]
    for row in opened.members:
        vae = opened.member(row["member"])
        mean = program.pictures.row("codes", vae.number, "mean")
        log_var = program.pictures.row("codes", vae.number, "log_var")
        codes = vae.encode(digits[: len(mean)])
        latents = row["latents"]
        assert codes.mean.shape == codes.std.shape == (len(mean), latents)
        # float32 sums of 64 products, in another order
        np.testing.assert_allclose(codes.mean, mean[:, :latents], rtol=1e-4, atol=1e-5)
        spread = np.exp(0.5 * log_var[:, :latents]) if row["noise"] else 0.0
        np.testing.assert_allclose(codes.std, spread + 0.0 * codes.std, rtol=1e-4)


def test_decoded_images_are_those_of_the_portable_decoder(opened):
    vae = opened.member(beta=1.0, latents=8)
    z = np.random.default_rng(1).standard_normal((5, 8))
    expected = decoder_of(opened.programs[0], vae.number)(z).reshape(5, 8, 8, 1)
    np.testing.assert_allclose(vae.decode(z), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 255, 256, 300])
def test_any_number_of_images_goes_through_one_program(opened, digits, count):
    vae = opened.member(beta=1.0, latents=8)
    codes, whole = vae.encode(digits[:count]), vae.encode(digits)
    np.testing.assert_array_equal(codes.mean, whole.mean[:count])
    assert vae.reconstruct(digits[:count]).shape == (count, 8, 8, 1)


def test_shapes_in_front_of_an_image_stay(opened, digits):
    vae = opened.member(beta=0.25, latents=2)
    assert vae.encode(digits[0]).mean.shape == (2,)
    assert vae.encode(digits[:6].reshape(2, 3, 8, 8)).std.shape == (2, 3, 2)
    assert vae.decode(np.zeros((4, 1, 2))).shape == (4, 1, 8, 8, 1)
    ends = vae.reconstruct(digits[:2])
    path = vae.interpolate(digits[0], digits[1], n=5)
    np.testing.assert_allclose(path[[0, -1]], ends, rtol=1e-5, atol=1e-6)
    middle = vae.decode(vae.encode(digits[:2]).mean.mean(0))
    np.testing.assert_allclose(path[2], middle, rtol=1e-5, atol=1e-6)


def test_stored_values_and_floats_are_the_same_image(opened, digits):
    vae = opened.member(beta=1.0, latents=8)
    stored, floats = vae.encode(digits[:9]), vae.encode(digits[:9] / 16)
    np.testing.assert_array_equal(stored.mean, floats.mean)


@pytest.mark.parametrize("sampler", ["prior", "gaussian", "mixture", "kde", "aggregate"])
def test_draws_have_the_moments_of_their_sampler(opened, sampler):
    """N(0, I), or those of the codes that all fitted samplers are fitted to."""
    vae, count = opened.member(beta=0.25, latents=2), 20_000
    z = vae.draw(count, sampler, seed=3)
    assert z.shape == (count, 2) and vae.sample(3, sampler).shape == (3, 8, 8, 1)
    np.testing.assert_array_equal(z, vae.draw(count, sampler, seed=3))
    assert np.abs(z - vae.draw(count, sampler, seed=4)).max() > 0.1
    fitted = opened.programs[0].pictures.row("fits", vae.number, "gaussian_mean")[:2]
    root = opened.programs[0].pictures.row("fits", vae.number, "gaussian_root")[:2, :2]
    mean, cov = (np.zeros(2), np.eye(2)) if sampler == "prior" else (fitted, root @ root.T)
    error = 5.0 * np.sqrt(np.diag(cov) / count)  # five standard errors
    # `aggregate` draws q(z|x) anew: 1,437 images are another sample of the same codes.
    error = error + (5.0 * np.sqrt(np.diag(cov) / 1_437) if sampler != "prior" else 0.0)
    assert (np.abs(z.mean(0) - mean) < error).all()
    wider = 1.4 if sampler == "kde" else 1.15  # a kernel density adds its kernels' width
    ratio = np.diag(np.cov(z.T)) / np.diag(cov)
    assert (ratio > 0.85).all() and (ratio < wider).all()


def test_tables_are_those_of_the_files(opened):
    """What pandas makes of the records is what it reads from the run's own CSV files."""
    for name in ("results", "summary"):
        file = pandas.read_csv(opened.workdir / f"{name}.csv", keep_default_na=False)
        rows, frame = getattr(opened, name), getattr(opened, name).to_pandas()
        assert len(frame) == len(file) == len(rows)
        for column in frame:
            told = file[column].tolist()
            found = ["" if v is None else v for v in (row[column] for row in rows)]
            assert [str(v) for v in found] == [str(v) for v in told] or np.allclose(
                [float(v) if v != "" else math.inf for v in found],
                [float(v) if v != "" else math.inf for v in told],
                rtol=0.0,
                atol=0.0,
            )
    assert opened.members.where(beta=1.0, latents=8)[0]["member"] == 5
    with pytest.raises(UserError, match="no column 'b'; there are: member, "):
        opened.members.where(b=1)


def test_a_member_s_own_numbers(opened):
    vae = opened.member(5)
    assert {row["member"] for row in vae.results} == {5}
    with open(opened.workdir / "results.csv", encoding="utf-8") as stream:
        rates = [r for r in csv.DictReader(stream) if r["metric"] == "rate"]
    own = [float(row["value"]) for row in rates if row["member"] == "5"]
    assert [row["value"] for row in vae.results.where(metric="rate")] == own
    assert vae.values["beta"] == 1.0 and "beta 1, latents 8, seed 0" in repr(vae)


@pytest.mark.parametrize(
    "ask, said",
    [
        (lambda r: r.member(9), "member 9: there is none; they are 0 to 5"),
        (lambda r: r.member(beta=3), "none has beta=3; beta is one of 0.0, 0.25, 1.0"),
        (lambda r: r.member(beta=1.0), "2 have beta=1.0; say which: latents 2, 8"),
        (lambda r: r.member(), "6; say which: beta 0.0, 0.25, 1.0; latents 2, 8"),
        (lambda r: r.member(bata=1), "'bata' is no value of one; there are: beta, lat"),
        (lambda r: r.member(beta=0.25, latents=4), "latents is one of 2, 8"),
        (lambda r: r.member(1, beta=1.0), "its number or its values, not both"),
        (lambda r: r.member(1).encode(np.zeros((2, 7))), r"shape \[2, 7\]; an image of"),
        (
            lambda r: r.member(1).encode(np.full((8, 8), 17)),
            "from 17 to 17; expected whole",
        ),
        (lambda r: r.member(1).encode(np.full((8, 8), np.nan)), "values from nan to nan"),
        (lambda r: r.member(1).encode(np.full((8, 8), "a")), "none of numbers"),
        (lambda r: r.member(1).decode(np.zeros(3)), r"shape \[3\]; this member has 8"),
        (lambda r: r.member(1).sample(0), "0 is not a positive whole number"),
        (lambda r: r.member(1).sample(2, "mixtur"), "'mixtur' is not known; there are"),
        (lambda r: r.member(1).export("pickle"), "'pickle' is no format; there are: jax"),
        (lambda r: r.figure("roc"), "'roc'; there are: sampleability, "),
        (lambda r: r.figure("samples", program=1), "the run has 0 to 0"),
        (lambda r: vae_jax.open(r.workdir / "arrays"), "no run here"),
        (lambda r: vae_jax.open(r.workdir / "results.csv"), "cannot be read"),
        (lambda r: vae_jax.config("digit"), "did you mean digits?"),
        (
            lambda r: vae_jax.train({}, workdir="x"),
            "None is not a group of axes",
        ),
        (lambda r: vae_jax.train("digits", workdir="x", epoch=3), "epoch"),
        (lambda r: vae_jax.load_data("faces"), "'faces' is not known"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_there_is(opened, ask, said):
    with pytest.raises(UserError, match=said) as error:
        ask(opened)
    assert "\n" not in str(error.value)


def test_figures_and_pages(opened, tmp_path):
    figure = opened.figure("rate_distortion")
    figure.savefig(tmp_path / "figure.pdf")
    assert figure._repr_png_().startswith(b"\x89PNG")
    copy = vae_jax.open(shutil.copytree(opened.workdir, tmp_path / "copy"))
    (copy.workdir / "report.html").unlink()
    assert copy.report().read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_a_notebook_shows_is_escaped_and_has_the_numbers(opened):
    shown = opened._repr_html_()
    assert "<b>'run'" not in shown and "&lt;b&gt;" in shown and "data:image/png" in shown
    (rate,) = opened.member(5).results.where(metric="rate", split="test")
    assert f"{rate['value']:z.4g}" in opened.member(5)._repr_html_()
    assert "more rows" in opened.results._repr_html_()


def test_a_run_without_its_data_opens_samples_and_exports(moved, tmp_path):
    vae = moved.member(beta=1.0, seed=1)
    assert vae.sample(5, "mixture").shape == (5, 3, 5, 1)
    files = vae.export("jax", "onnx", directory=tmp_path)
    assert [file.name for file in files][:2] == ["encoder.jax", "decoder.jax"]
    x = np.full((1, 15), 0.5, np.float32)
    encoder = jax.export.deserialize(bytearray(files[0].read_bytes()))
    mean = np.asarray(encoder.call(x))[:, :2]
    np.testing.assert_allclose(vae.encode(x.reshape(1, 3, 5)).mean, mean, atol=1e-6)
    assert moved.figure("learning_curves") is not None
    for needs in (lambda: vae.sample(2, "aggregate"), lambda: moved.evaluate("collapse")):
        with pytest.raises(UserError, match=r"mine.npz: No such file.*--data=PATH"):
            needs()


def test_a_share_is_the_run_again(opened, tmp_path, digits):
    """The same bytes twice; without weights tables and figures, with them members too."""
    light = opened.share(tmp_path / "light.zip")
    again = opened.share(tmp_path / "again.zip")
    assert light.read_bytes() == again.read_bytes()
    found = vae_jax.open(light)
    assert found.results == opened.results and found.id == opened.id
    assert found.record["places"] == {}
    assert found.figure("samples") is not None
    for needs in (
        lambda: found.member(1),
        found.report,
        lambda: found.figure("traversals"),
    ):
        with pytest.raises(UserError, match=r"weights|nothing to draw"):
            needs()
    whole = vae_jax.open(opened.share(tmp_path / "whole.zip", weights=True))
    codes = whole.member(5).encode(digits[:4])
    np.testing.assert_array_equal(codes.mean, opened.member(5).encode(digits[:4]).mean)
    assert call("share", f"--workdir={opened.workdir}", f"--out={tmp_path / 'x'}") == 2


def test_a_zip_that_leads_out_of_its_folder_is_refused(tmp_path):
    for name in ("../config.json", "/config.json", "a/../../config.json"):
        with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
            archive.writestr("config.json", "{}")
            archive.writestr(name, "{}")
        with pytest.raises(UserError, match="leads out of it"):
            vae_jax.open(tmp_path / "bad.zip")


def test_training_goes_on_beside_the_main_thread(tmp_path, moved):
    """Where no signal can be caught: a notebook's server, say. A finished run is found."""
    found = []
    config = vae_jax.config("digits:debug")
    fields = {**TINY, "autoencoder": False, "sweep": {"beta": (1.0,), "latents": (2,)}}

    def work():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("vae_jax.training.devices.start", lambda: None)
            patch.setattr(jax, "local_device_count", lambda: 1)
            found.append(vae_jax.train(config, workdir=tmp_path / "run", **fields))
            found.append(vae_jax.train(config, workdir=tmp_path / "run", **fields))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0].results == found[1].results and len(found[0].members) == 1


def test_by_hand_is_what_a_run_trains():
    """`vae_jax.pure`, one member under `jit`, against the engine of a sweep."""
    data = vae_jax.load_data("digits")
    spec = pure.spec_of(data, max_latents=4, network={"name": "mlp", "hidden": (8,)})
    member = pure.Member(beta=0.5, latents=3, seed=7)
    program = build_program(spec, 128, Layout("cpu", 1, 2))
    training = Training(program, stacked(spec, [member, member]), data.train)
    logged = training.advance(1), training.advance(2)
    hparams = pure.hparams_of(spec, member)
    model, objective = pure.build_model(spec), pure.build_objective(spec)
    train = jax.jit(
        pure.train_epochs, static_argnums=(0, 1), static_argnames=("batch_size",)
    )
    images, state = pure.Images(data.train, ()), pure.init_state(model, hparams)
    for log, (first, last) in zip(logged, ((0, 1), (1, 3))):
        state, own = train(
            model, objective, state, images, hparams, first, last, batch_size=128
        )
        # another product of matrices, rounded otherwise, for three epochs
        np.testing.assert_allclose(own.terms.loss, log.terms.loss[0], rtol=1e-5)
    ours, theirs = jax.tree.leaves(state.params), training.states().params
    for one, other in zip(ours, jax.tree.leaves(theirs)):
        np.testing.assert_allclose(one, other[0], atol=2e-4)


@pytest.mark.parametrize("pixels", ["binary", "dequantized"])
def test_pixels_are_presented_as_the_run_s_own(pixels):
    data = vae_jax.load_data("digits")._replace(pixels=pixels)
    rows = unit_rows(data.test.reshape(-1, 8, 8), data)
    if pixels == "binary":  # each is 1 with the probability of its grey: 5 standard errors
        assert set(np.unique(rows)) == {0.0, 1.0}
        grey = data.test / 16
        error = np.sqrt((grey * (1 - grey)).sum()) / grey.size
        assert abs(rows.mean() - grey.mean()) < 5 * error
        np.testing.assert_array_equal(
            unit_rows(np.int32(rows).reshape(-1, 8, 8), data), rows
        )
    else:
        np.testing.assert_allclose(rows, (data.test + 0.5) / 17, rtol=1e-6)


def test_the_command_and_the_module_are_one(tmp_path):
    """`python -m vae_jax`, without a checkout in sight: what there is, and what is not."""
    done = run_module("--help")
    for name in ("sweep", "evaluate", "report", "reproduce", "export", "share"):
        assert f"  {name} " in done.stdout
    done = run_module("swep")
    assert done.returncode == 2 and "did you mean sweep?" in done.stderr
    assert run_module("--version").stdout.strip() == f"vae_jax {vae_jax.__version__}"
    done = run_module("sweep", "--config=digit", f"--workdir={tmp_path / 'x'}")
    assert done.stderr.startswith("vae-jax sweep: error: --config: digit is neither")


def run_module(*arguments):

    return subprocess.run(
        [sys.executable, "-m", "vae_jax", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
