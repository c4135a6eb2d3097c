"""Runs made up from numbers, for what reads a finished run."""

import tempfile
from pathlib import Path

import numpy as np
from spelled import key

from vae_jax.portable.graph import Graph, Operation, as_json
from vae_jax.runs import directory
from vae_jax.runs.pictures import Pictures
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import by_setting
from vae_jax.scores.flag import Flag
from vae_jax.storage import arrays, files, logs
from vae_jax.studies.member import Member

LOG_N = float(np.log(9))  # of nine training images
PER_MEMBER = ("images", "mean", "kernel")
TRAIN = ("mutual_information", "collapsed_units", "log_n", "active_units")
GENERATORS = {
    "training images": {"fd_clf": 0.25, "fd_clf_unbiased": 0.02, "coverage_clf": 0.97},
    "mean image": {"fd_clf": 25.2, "coverage_clf": 0.01},
}
CLASSIFIER = {
    **{"sha256": "0" * 64, "accuracy": 0.97, "balanced": 0.97},
    **{"chance": 0.1, "used": True},
}
SPACES = {
    name: {"name": name, "about": about, "left_out": {}}
    for name, about in (
        ("clf", "the last hidden layer of a classifier"),
        ("pca", "16 principal components of the training images"),
    )
}
MEMBERS = [
    Member(beta, latents, float(beta > 0), 1e-3, seed)
    for latents in (2, 5)
    for beta in (0.0, 0.5, 1.0)
    for seed in (0, 1, 2)
]


def scores(member):
    """Every family: a good VAE, an autoencoder whose prior misses its codes."""
    wave = 0.1 * member.seed
    found = {"distortion": 16.0 + member.beta + wave, "active_units": 2.0}
    from_prior, covered = (20.0, 0.1) if member.noise == 0.0 else (1.5, 0.9)
    found |= {
        "fd_clf@prior": from_prior + wave,
        "coverage_clf@prior": covered + 0.01 * member.seed,
        "fd_clf@mixture": 0.5 + member.beta / 2 + wave / 5,
        "coverage_clf@mixture": 0.9 + 0.01 * member.seed,
        "fd_clf@aggregate": 0.4 + member.beta / 2 + wave / 5,
    }
    found["gap_fd"] = found["fd_clf@prior"] - found["fd_clf@mixture"]
    if member.noise:
        found["rate"] = 8.0 - member.beta
        found["distortion_plus_rate"] = found["distortion"] + found["rate"]
        found |= {"mutual_information": 1.5, "log_n": LOG_N, "collapsed_units": 0.0}
        found |= {f"rate_dim_{k}": 1.0 for k in range(member.latents)}
    return found


def collapsed(member):
    """The VAEs say nothing, whatever else they score."""
    found = scores(member)
    if member.noise:
        found |= {"mutual_information": 0.0, "active_units": 0.0, "rate": 0.0}
        found |= {f"rate_dim_{k}": 0.0 for k in range(member.latents)}
        found["collapsed_units"] = float(member.latents)
    return found


def splits_of(metric):
    """Information and collapse are of the training images, rates of both."""
    if metric in TRAIN:
        return ("train",)
    return ("train", "test") if metric.startswith("rate") else ("test",)


def make_run(
    tmp_path,
    members=MEMBERS,
    found=scores,
    shape=(4, 3),
    labels=True,
    name="run",
    spread=None,
    display="ink",
):
    """A run of which `found(member) -> {metric: value}` tells the numbers.

    `spread(member, metric)` gives a score on halves of the real images. Metrics are texts,
    as tables have them: `fd_clf@prior`.
    """
    values, notes, flags, halves = {}, {}, {}, {}
    for i, member in enumerate(members):
        own = found(member)
        for metric, value in own.items():
            for split in splits_of(metric):
                values[i, split, key(metric)] = value
                if spread and "clf@" in metric:
                    halves[i, split, key(metric)] = tuple(spread(member, metric))
        if member.noise == 0.0:
            notes[i, "test", key("rate")] = "an autoencoder has no posterior"
            flags[i, "test", key("rate")] = (Flag.NO_POSTERIOR,)
    record = {
        "id": "0123456789",
        "config": {
            **{"epochs": 3, "batch_size": 4, "early_stopping": {"patience": 0}},
            **{"network": {"name": "mlp", "hidden": [16]}, "objective": {"name": "elbo"}},
            **{"posterior": {"name": "gaussian"}, "prior": {"name": "standard_normal"}},
            "likelihood": {"name": "bernoulli"},
            "evaluation": {"max_images": 20},
        },
        "data": {
            **{"name": name, "sha256": "0" * 64, "shape": list(shape)},
            **{"train": 9, "valid": 0, "test": 30, "pixels": "grey"},
            **{
                "levels": 17,
                "white": 16,
                "white_by": "by the data set",
                "display": display,
            },
        },
        "versions": {"vae_jax": "0.1.0", "jax": "0.10.2"},
        "layout": {"program_0": {"device_kind": "cpu", "devices": 2}},
        "command": f"python experiments/sweep.py --workdir={name}",
    }
    workdir = Path(tempfile.mkdtemp(dir=tmp_path)) / "run"
    directory.write_record(workdir, record)
    return ProgramResults(
        workdir,
        record,
        "",
        list(range(len(members))),
        list(members),
        ["done"] * len(members),
        values,
        halves,
        notes,
        flags,
        {},
        by_setting(members),
        {
            "test": {"floor": 13.5, "collapsed": 27.1},
            "generators": GENERATORS,
            "likelihood": {"support": "binary", "why_none": "the pixels are grey"},
            "classifier": CLASSIFIER if labels else None,
            "space": SPACES["clf" if labels else "pca"],
            "real": 30,
        },
        Pictures(write_pictures(workdir, len(members), int(np.prod(shape)), labels)),
    )


def write_log(run, epochs=(1, 2, 4)):
    """A log in which distortion is 30 - epoch + seed, and the rate of a VAE the epoch.

    A diverged member's record ends at the second of the epochs.
    """
    lines = []
    for epoch in epochs:
        for n, member in enumerate(run.members):
            if run.statuses[n] == "diverged" and epoch > epochs[1]:
                continue
            terms = {"distortion": 30.0 - epoch + member.seed}
            terms["rate"] = float(epoch) if member.noise else None
            lines.append({"program": 0, "member": run.numbers[n], "epoch": epoch, **terms})
    logs.append_lines(run.workdir / directory.TRAIN_LOG, lines)


def write_pictures(workdir, count, d, labels):
    """Two blocks of arrays, so that a member is found in the second as well."""
    rng = np.random.default_rng(0)  # its own: equal whatever was made up before
    images = lambda n: rng.uniform(size=(count, n, d)).astype("f2")
    codes = {"mean": rng.normal(size=(count, 30, 5)).astype("f2")}
    if labels:
        codes["labels"] = np.arange(30) % 10
    originals = rng.uniform(size=(10, d)).astype("f2")
    drawn = {
        "reconstructions": {"images": images(10), "originals": originals},
        "samples": {"images": images(20)},
        "interpolations": {"images": images(11)},
        "codes": codes,
    }
    drawn["weights"] = {"kernel": rng.normal(size=(count, 5, d)).astype("f4")}
    graph = Graph(
        {"kernel": (5, d)},
        (1, 5),
        (),
        (Operation("dot", (1, 0), (1, d), {}), Operation("logistic", (2,), (1, d), {})),
    )
    files.write_json(workdir / "arrays" / "program_0" / directory.DECODER, as_json(graph))
    cut = -(-count // 2)
    blocks = [workdir / "arrays" / directory.block_name(0, i) for i in (0, 1)]
    for block, rows in zip(blocks, (slice(0, cut), slice(cut, None))):
        for kind, found in drawn.items():
            own = {n: v[rows] if n in PER_MEMBER else v for n, v in found.items()}
            arrays.write_arrays(block / f"{kind}.npz", own)
    return tuple(blocks)
