"""The architecture, enforced: a file may import only from floors below its own."""

import ast
import pathlib

import pytest

PACKAGE = pathlib.Path("vae_jax")
FLOORS = [  # bottom to top; files on one floor may not import each other
    {"errors", "types", "adam", "collapse", "scores/distances", "graph/operations"},
    {"graph/graph", "graph/settings"},
    {"scores/*", "graph/trace", "graph/onnx"},
    {"grid", "registry", "stats", "store", "dataset", "keys", "progress", "interrupt"},
    {"seal", "keep"},
    {"runs"},
    {
        "integrity",
        "record",
        "summary",
        "evaluations",
        "networks/*",
        "posteriors/*",
        "priors/*",
    },
    {"pixels", "likelihoods/bernoulli", "likelihoods/ascent", "likelihoods/bounded"},
    {"likelihoods/binomial", "estimators/log_weights", "evaluation/settings"},
    {"likelihoods/*", "report/phrases"},
    {"datasets/*", "model", "results", "evaluation/estimates", "sweep_axes", "machine"},
    {"objectives/*", "schedule", "early_stopping", "linear_gaussian", "estimators/hmc"},
    {"evaluation/classifier", "estimators/*", "report/load", "agreement", "standing"},
    {"evaluation/reference", "metric_names"},
    {"report/style", "report/differences", "report/collapse", "report/decode"},
    {"report/compare", "report/scorecard", "report/conclusion", "report/tables"},
    {"report/beta_axis", "report/traversal"},
    {"evaluation/subject", "evaluation/generators"},
    {"samplers/*", "evaluation/scorecard", "evaluation/bounds"},
    {"explorer/directions", "explorer/pack"},
    {"explorer/members"},
    {"explorer/page"},
    {"train", "checkpoint", "evaluation/*", "report/*"},
    {"sweep", "study", "report/gallery"},
    {"report/page"},
    {"pages"},
    {"job", "load_data", "cli", "board"},
    {"assess", "block", "plan", "certificates/check"},
    {"certificates/*"},
    {"baselines", "draw"},
    {"evaluate"},
    {"pipeline", "reopen", "export"},
    {"again"},
]
NO_JAX = {
    *("errors", "grid", "registry", "runs", "dataset", "summary", "progress", "record"),
    *("interrupt", "results", "datasets/*", "report/*", "study", "cli", "sweep_axes"),
    *("store", "seal", "keep", "integrity", "agreement", "standing"),
    *("load_data", "board", "evaluations", "collapse", "scores/*", "metric_names"),
    *("evaluation/settings", "likelihoods/support", "pixels"),
    *(
        "certificates/check",
        "graph/graph",
        "graph/operations",
        "graph/settings",
        "explorer/*",
        "pages",
    ),
}
ONLY_IMPORTER = {
    "orbax": {"checkpoint"},
    "ml_collections": {"study", "cli"},
    "tensorboardX": {"board"},
    "onnx": {"graph/onnx"},
    "onnxruntime": {"export"},
    "safetensors": {"export"},
}
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py")


def place(path):
    return str(path.relative_to(PACKAGE).with_suffix(""))


def matches(name, patterns):
    return name in patterns or f"{name.split('/')[0]}/*" in patterns


def floor_of(name):
    exact = [i for i, floor in enumerate(FLOORS) if name in floor]
    return (exact or [i for i, floor in enumerate(FLOORS) if matches(name, floor)])[0]


def imports(path):
    """Dotted names of everything `path` imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(path):
    """The package's own files that `path` imports; a folder's table counts as nothing."""
    for name in imports(path):
        head, *rest = name.split(".")
        if head == PACKAGE.name:
            known = [place(p) for p in FILES]
            yield from (n for n in ("/".join(rest), "/".join(rest[:-1])) if n in known)


@pytest.mark.parametrize("path", FILES, ids=place)
def test_imports_point_down(path):
    for name in own_imports(path):
        assert floor_of(name) < floor_of(place(path)), f"{place(path)} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=place)
def test_files_stay_small(path):
    assert len(path.read_text().splitlines()) <= 250


@pytest.mark.parametrize("path", [p for p in FILES if matches(place(p), NO_JAX)], ids=place)
def test_what_answers_at_once_imports_no_jax(path):
    heavy = {"jax", "flax", "optax", "orbax"}
    assert not {"jaxtyping.Array", "jaxtyping.Key"} & set(imports(path))  # import JAX
    assert not {name.split(".")[0] for name in imports(path)} & heavy
    for name in own_imports(path):
        assert matches(name, NO_JAX), f"{place(path)} imports {name}"


@pytest.mark.parametrize("library", ONLY_IMPORTER)
def test_a_library_has_one_door(library):
    users = {place(p) for p in FILES if any(n.split(".")[0] == library for n in imports(p))}
    assert users <= ONLY_IMPORTER[library]


def test_compilation_has_two_places():
    """`jax.jit` where programs leave: training, evaluation, export. The rest is pure."""
    asks = lambda p: "jax.jit" in p.read_text() or "jax.jit" in set(imports(p))
    places = {place(p) for p in FILES if asks(p)}
    assert places <= {"sweep", "evaluation/subject", "export"} | {
        name for name in places if name.startswith("certificates/")
    }


def test_nothing_is_ever_unpickled():
    for path in FILES:
        assert not {n.split(".")[0] for n in imports(path)} & {
            "pickle",
            "dill",
            "cloudpickle",
        }
        assert "allow_pickle=True" not in path.read_text()
