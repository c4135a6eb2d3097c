"""Strictness for the whole suite, and the small models and runs that files share.

Silent broadcasting and reused keys are errors; the shapes in annotations are checked
(pyproject.toml, `--jaxtyping-packages`).
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from commands import USERS, call
from faults import SETTINGS as SMALL_RUN
from threadpoolctl import threadpool_limits

from vae_jax.data.dataset import Dataset
from vae_jax.data.pixels import fixed
from vae_jax.evaluation.reference import Reference
from vae_jax.evaluation.trained_member import TrainedMember
from vae_jax.models.model import build_model
from vae_jax.registry import METHODS, numbers
from vae_jax.runs import members
from vae_jax.studies.member import Member
from vae_jax.types import HParams, Model, ModelSpec

# One compiler, and one cache of what it has compiled, in this process, in its workers and
# in every process that a test starts. Level 1 takes a third of the time of the level that
# users have. It gives an MLP's bits (`test_again.py` compares the two), but not those of
# convolutions: bits are compared within one level.
CACHE = os.environ.get("TESTS_CACHE") or tempfile.mkdtemp()
os.environ |= {
    "TESTS_CACHE": CACHE,
    "XLA_FLAGS": f"{USERS['XLA_FLAGS']} --xla_backend_optimization_level=1",
    "JAX_PLATFORMS": "cpu",
    "JAX_COMPILATION_CACHE_DIR": CACHE,
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    # Two workers share two cores: more threads would wait for each other.
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT"), "1"),
}
threadpool_limits(1)
SETTINGS = {
    "jax_platforms": "cpu",
    "jax_num_cpu_devices": 8,
    "jax_compilation_cache_dir": CACHE,
    "jax_persistent_cache_min_compile_time_secs": 0.0,
    "jax_numpy_rank_promotion": "raise",
    "jax_debug_key_reuse": True,
}
for name, value in SETTINGS.items():
    jax.config.update(name, value)
if "PYTEST_XDIST_WORKER" not in os.environ:
    atexit.register(shutil.rmtree, CACHE, True)


@pytest.fixture(params=["eager", "jit"])
def transform(request):
    """Runs a test twice: as written, and compiled."""
    return {"eager": lambda f: f, "jit": jax.jit}[request.param]


def make_spec(**changes) -> ModelSpec:
    """A small MLP on 3x4 grey images of 17 grey levels."""
    parts = {
        "network": {"name": "mlp", "hidden": (16,)},
        "posterior": {"name": "gaussian"},
        "prior": {"name": "standard_normal"},
        "likelihood": {"name": "bernoulli"},
        "objective": {"name": "elbo"},
        "max_latents": 5,
        "data_shape": (3, 4, 1),
        "levels": 17,
    }
    return ModelSpec(**{**parts, **changes})


SIDES = {"burgess": 64, "higgins": 64, "rae": 32, "dcgan": 64}  # which they are made for
SMALL = {
    **{"conv": {"features": (3, 4), "hidden": 12}, "resnet": {"features": (4, 8)}},
    **{"gated_mlp": {"hidden": (16,)}, "rae": {"width": 2}, "dcgan": {"width": 4}},
}


def of_network(name: str, **settings) -> dict:
    """The parts of a spec with a network of the registry, small, and images that fit it."""
    side = SIDES.get(name)
    shape = (side, side, 1) if side else (3, 4, 1)
    network = {"name": name, **SMALL.get(name, {}), **settings}
    return {"network": network, "data_shape": shape}


# Every network, with two outputs for each pixel, and every likelihood.
PAIRS = [
    *((name, "beta_binomial") for name in METHODS["network"]),
    *(("mlp", name) for name in METHODS["likelihood"] if name != "beta_binomial"),
]


def compiled(functions, *names):
    """A tuple of functions with those of some names compiled, as training has them.

    Called as written, each of their operations would be compiled by itself.
    """
    return functions._replace(**{name: jax.jit(getattr(functions, name)) for name in names})


def make_model(**changes) -> Model:
    """The model of `make_spec`, compiled."""
    return compiled(build_model(make_spec(**changes)), "init", "encode", "decode")


def consecutive(counts) -> Iterator[range]:
    """The epochs of calls that follow one another, of so many epochs each."""
    last = 0
    for count in counts:
        first, last = last, last + count
        yield range(first, last)


def make_hparams(
    beta=1.0,
    latents=5,
    noise=1.0,
    learning_rate=1e-2,
    seed=0,
    max_latents=5,
    warmup=0.0,
    cycle=0.0,
    objective="elbo",
    posterior="gaussian",
    prior="standard_normal",
    **own: float,
) -> HParams:
    """The hyperparameters of one member; `own` are those that the objective declares."""
    methods = {"objective": objective, "posterior": posterior, "prior": prior}
    declared = {
        kind: {hyper.name: hyper.default for hyper in numbers(kind, name)}
        for kind, name in methods.items()
    }
    assert set(own) <= set(declared["objective"])
    declared["objective"] |= own
    return HParams(
        beta=jnp.float32(beta),
        noise=jnp.float32(noise),
        learning_rate=jnp.float32(learning_rate),
        latent_mask=(jnp.arange(max_latents) < latents).astype(jnp.float32),
        seed=jnp.uint32(seed),
        warmup=jnp.float32(warmup),
        cycle=jnp.float32(cycle),
        ramp=jnp.float32(1.0),
        **jax.tree.map(jnp.float32, declared),
    )


# What a member of a program has besides, if nobody sets it.
OWN = tuple(
    (f"objective.{hyper.name}", hyper.default) for hyper in numbers("objective", "elbo")
)


@pytest.fixture(scope="session")
def pixels():
    """Stored images [40, 12], integer levels 0..16, from a few prototypes."""
    rng = np.random.default_rng(0)
    prototypes = rng.integers(0, 17, (4, 12))
    noise = rng.integers(-2, 3, (40, 12))
    return np.clip(prototypes[rng.integers(0, 4, 40)] + noise, 0, 16).astype(np.uint8)


def make_subject(
    model: Model, params, hparams: HParams, dataset: Dataset, classifier=None
) -> TrainedMember:
    """A member as metrics see it, with the values of its hyperparameters."""
    member = Member(
        beta=float(hparams.beta),
        latents=int(hparams.latent_mask.sum()),
        noise=float(hparams.noise),
        learning_rate=float(hparams.learning_rate),
        seed=int(hparams.seed),
    )
    images = {s: model.unit(fixed(dataset, s)) for s in ("train", "test")}
    reference = Reference(
        dataset, {name: np.asarray(x) for name, x in images.items()}, classifier
    )
    return TrainedMember(model, params, hparams, member, reference, images, {})


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, without a window."""
    if CHROMIUM is None:
        pytest.skip("NO BROWSER: the pages are not tested; install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def open_page(browser):
    """Opens a file; at the end, no page has complained to the console or asked anybody."""
    opened, said = [], []

    def open_one(file, **options):
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        inside = ("file:", "data:", "blob:")
        page.on("request", lambda r: r.url.startswith(inside) or said.append(r.url))
        page.goto(file.as_uri())
        opened.append(page)
        return page

    yield open_one
    for page in opened:
        page.close()
    assert said == []


# What `make test-fast` leaves out: what trains, compiles or runs processes for long.
SLOW_FIXTURES = {
    *("browser", "finished", "finished_run", "reference", "stopped", "trained", "measure"),
}
SLOW_FILES = {
    *("test_ais", "test_benchmark", "test_collapse", "test_decomposition", "test_digits"),
    *("test_early_stopping", "test_engine", "test_evaluate", "test_iwae", "test_native"),
    *("test_notebooks", "test_pipeline", "test_selftest"),
}


def pytest_collection_modifyitems(items):
    """Marks as `slow` what runs whole sweeps, opens browsers, or is in a slow file."""
    for item in items:
        if item.path.stem in SLOW_FILES or SLOW_FIXTURES & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)


ARCHITECTURES = {
    "mlp": {"hidden": (16,)},
    "conv": {"features": (3, 4), "hidden": 12},
}


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory):
    """`finished_run(architecture)`: a directory that nobody changes.

    Workers of one test run share it: whoever comes first makes it. Its name must not
    become HTML.
    """
    home = tmp_path_factory.getbasetemp()
    home = home.parent if "PYTEST_XDIST_WORKER" in os.environ else home

    def make(architecture):
        workdir = home / architecture / "<b>'run' & \"\U0001f600\""
        network = {"name": architecture, **ARCHITECTURES[architecture]}
        with open(home / f"{architecture}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not members.is_finished(workdir):
                shared = [s for s in SMALL_RUN if not s.startswith("--config.network")]
                chosen = (f"--config.network={network}", f"--workdir={workdir}")
                assert call("sweep", *shared, *chosen) == 0
        return workdir

    return make


@pytest.fixture(scope="session", params=ARCHITECTURES)
def small_run(request, finished_run):
    """A finished run of each architecture."""
    return finished_run(request.param)
