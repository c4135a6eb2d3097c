"""Odd data, every metric on: a whole sweep of it ends with its tables, or in one line.

`make fuzz` searches for longer, with images of any shape and number.
"""

import csv
import os
import re

import numpy as np
from commands import call
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from vae_jax.registry import METHODS
from vae_jax.runs import directory, members

LONG = "FUZZ_EXAMPLES" in os.environ
EXAMPLES = max(1, int(os.environ.get("FUZZ_EXAMPLES", "400")) // 100)
SHAPES = [(40, 3, 4)]  # in short form: what is compiled for one serves all
CONTENTS = ("noise", "constant", "black", "copies", "binary", "hot", "sparse", "few", "odd")
TYPES = ("bool", "uint8", "int16", "uint16", "int64", "float16", "float32", "float64")
LABELS = ("none", "one", "two", "unique", "missing", "unseen", "huge", "text", "short")
# Small settings of what takes long; every other metric as it is.
SETTINGS = {
    "iwae": {"samples": 8},
    "ais": {"images": 3, "temperatures": 4, "chains": 2, "simulated": 2},
    "exact": {"images": 4, "nodes": 33},
    "rate_distortion": {"samples": 2},
    "interpolation": {"pairs": 20},
}
METRICS = tuple({"name": name, **SETTINGS.get(name, {})} for name in METHODS["metric"])


@st.composite
def shapes(draw):
    """The shape of an array of images: rows, pictures, a line of pixels, a single pixel."""
    if not LONG:
        return draw(st.sampled_from(SHAPES))
    count = draw(st.integers(4, 60))
    return (count, *draw(st.lists(st.integers(1, 9), min_size=1, max_size=2)))


@st.composite
def images(draw):
    """An array of images in any type, of any content; some are none at all."""
    shape, kind = draw(shapes()), draw(st.sampled_from(CONTENTS))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = {
        "noise": lambda: rng.random(shape),
        "constant": lambda: np.full(shape, 0.5),
        "black": lambda: np.zeros(shape),
        "copies": lambda: rng.random((3, *shape[1:]))[np.arange(shape[0]) % 3],
        "binary": lambda: np.round(rng.random(shape)),
        "hot": lambda: np.where(rng.random(shape) < 0.01, 1.0, 0.01),
        "sparse": lambda: np.where(rng.random(shape) < 0.03, rng.random(shape), 0.0),
        "few": lambda: np.round(rng.random(shape) * 3) / 3,
        "odd": lambda: rng.normal(size=shape),
    }[kind]()
    dtype = np.dtype(draw(st.sampled_from(TYPES)))
    if dtype.kind in "iu":
        white = draw(st.sampled_from([1, 16, 255, 4095]))
        x = np.clip(x, 0, None) * min(white, np.iinfo(dtype).max)
    x = x.astype(dtype)
    if kind == "odd" and dtype.kind == "f" and draw(st.booleans()):
        x.flat[0] = np.nan
    return x


@st.composite
def labels(draw, count):
    """Labels of so many images, or None."""
    return {
        "none": lambda: None,
        "one": lambda: np.full(count, 7),
        "two": lambda: np.arange(count) % 2,
        "unique": lambda: np.arange(count),
        "missing": lambda: np.arange(count) % 4 - 1,
        "unseen": lambda: np.where(np.arange(count) % 5 == 0, np.arange(count), 0),
        "huge": lambda: np.arange(count) % 3 * 2**40,
        "text": lambda: np.array(["a", "b"])[np.arange(count) % 2],
        "short": lambda: np.arange(count - 1),
    }[draw(st.sampled_from(LABELS))]()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=[Phase.generate],  # an example takes seconds: nobody waits for the smallest
)
@given(st.data())
def test_a_sweep_of_odd_data_ends_well(tmp_path_factory, capfd, data):
    """All members have all metrics, or each missing number its reason; no traceback."""
    home = tmp_path_factory.mktemp("odd")
    x = data.draw(images(), "images")
    y = data.draw(labels(len(x)), "labels")
    np.savez(home / "odd.npz", images=x, **({} if y is None else {"labels": y}))
    likelihood = data.draw(st.sampled_from(sorted(METHODS["likelihood"])), "likelihood")
    pixels = data.draw(st.sampled_from(["grey", "grey", "binary", "dequantized"]), "pixels")
    rate = data.draw(st.sampled_from([1e-3, 1e-3, 0.3, 1e3]), "learning rate")
    status = call(
        "sweep",
        *("--config=configs/digits.py:debug", f"--workdir={home / 'run'}"),
        *("--config.dataset.name=npz", f"--config.dataset.path={home / 'odd.npz'}"),
        f"--config.likelihood.name={likelihood}",
        f"--config.dataset.pixels={pixels}",
        f"--config.learning_rate={rate}",
        *("--config.network.hidden=(8,)", "--config.batch_size=8", "--config.epochs=2"),
        *("--config.max_latents=3", "--config.sweep.latents=(1,3)"),
        "--config.sweep.beta=(1.0,)",
        f"--config.evaluation.metrics={METRICS}",
    )
    said = capfd.readouterr().err
    assert "Traceback" not in said, said
    if status == 2:
        assert len(re.findall("error: ", said)) == 1 and not (home / "run").exists(), said
        return
    log = home / "run" / directory.FAILURES
    assert not log.exists(), log.read_text()
    rows = members.read_members(home / "run")
    diverged = any(row.status == "diverged" for row in rows)
    assert status == (1 if diverged else 0) and len(rows) == 4, said
    with open(home / "run" / directory.RESULTS, newline="") as table:
        for row in csv.DictReader(table):
            assert row["value"] or (row["flag"] and row["note"]), row
