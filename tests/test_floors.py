"""The architecture, enforced: a folder imports only from lines above its own."""

import ast
import pathlib
import re

import pytest

PACKAGE = pathlib.Path("vae_jax")
LINES = [  # top to bottom; folders (and loose files) of one line do not import each other
    {"errors", "hyperparameters", "shipped"},
    {"types", "environment", "scores"},
    {"keys", "registry", "storage", "portable"},
    {"data", "studies"},
    {"models", "runs"},
    {"training", "evaluation", "console", "report", "explorer"},
    {"pipeline", "selftest"},
    {"library", "pure", "__main__"},
]
INSIDE = {  # the same rule inside a folder, where it has one; other files stand above
    "evaluation": [
        {"estimators"},
        {"reference"},
        {"trained_member"},
        {"samplers"},
        {"metrics"},
    ],
}
NO_JAX = {
    *(
        "errors",
        "hyperparameters",
        "shipped",
        "registry",
        "environment",
        "scores",
        "storage",
        "data",
        "studies",
        "runs",
    ),
    *("console", "report", "explorer"),
}
JAX_AFTER_ALL = {"runs/checkpoints"}
ALSO_NO_JAX = {  # files of other folders that answer at once, or that a page reads
    *("models/support", "portable/graph", "portable/operations", "portable/settings"),
    "portable/values",
    *("pipeline/load_data", "pipeline/pages", "selftest/check"),
}
ONLY_IMPORTER = {
    "orbax": {"runs/checkpoints"},
    "ml_collections": {
        *("studies/study", "studies/config_file", "console/cli", "console/overrides"),
        "library/configs",
    },
    "tensorboardX": {"console/tensorboard"},
    "onnx": {"portable/onnx"},
    "onnxruntime": {"pipeline/export"},
    "safetensors": {"pipeline/export"},
}
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py")
COMMANDS = sorted(
    p for d in ("experiments", "benchmarks") for p in pathlib.Path(d).glob("*.py")
)


def place(path):
    return str(path.relative_to(PACKAGE).with_suffix(""))


KNOWN = {place(p) for p in FILES}


def folder(name):
    return name.split("/")[0]


def line_of(name):
    return next(i for i, line in enumerate(LINES) if folder(name) in line)


def inner_line_of(name):
    """The place of a file inside its folder; -1 where the folder has no rule for it."""
    inside, part = INSIDE.get(folder(name), []), name.split("/")[1:2]
    return next((i for i, line in enumerate(inside) if part and part[0] in line), -1)


def is_without_jax(name):
    if name in JAX_AFTER_ALL:
        return False
    return folder(name) in NO_JAX or name in ALSO_NO_JAX


def imports(path):
    """Dotted names of everything `path` imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def formats(path):
    """The format of everything that `path` shows by one, in f-strings and templates."""
    fields = re.compile(r"\{\w*:([^{}]+)\}")
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            yield ast.unparse(node.format_spec).removeprefix("f")[1:-1]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from fields.findall(node.value)


def own_imports(path):
    """The package's own files that `path` imports."""
    for name in imports(path):
        head, *rest = name.split(".")
        if head == PACKAGE.name:
            yield from (n for n in ("/".join(rest), "/".join(rest[:-1])) if n in KNOWN)


def test_every_file_has_its_line():
    assert {folder(name) for name in KNOWN} == set().union(*LINES)


@pytest.mark.parametrize("path", FILES, ids=place)
def test_imports_point_up(path):
    own = place(path)
    for name in own_imports(path):
        if folder(name) != folder(own):
            assert line_of(name) < line_of(own), f"{own} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=place)
def test_imports_inside_a_folder_point_up(path):
    own = place(path)
    for name in own_imports(path):
        inner = inner_line_of(name), inner_line_of(own)
        if folder(name) == folder(own) and min(inner) >= 0:
            same = name.split("/")[1] == own.split("/")[1]
            assert same or inner[0] < inner[1], f"{own} imports {name}"


def test_nothing_is_imported_in_a_circle():
    graph = {place(p): set(own_imports(p)) for p in FILES}
    while graph:
        free = {name for name, needed in graph.items() if not needed & set(graph)}
        assert free, f"a circle among {sorted(graph)}"
        graph = {name: needed for name, needed in graph.items() if name not in free}


@pytest.mark.parametrize("path", [*FILES, *COMMANDS], ids=str)
def test_files_stay_small(path):
    assert len(path.read_text().splitlines()) <= 250


@pytest.mark.parametrize("path", [p for p in FILES if is_without_jax(place(p))], ids=place)
def test_what_answers_at_once_imports_no_jax(path):
    heavy = {"jax", "flax", "optax", "orbax"}
    assert not {"jaxtyping.Array", "jaxtyping.Key"} & set(imports(path))  # import JAX
    assert not {name.split(".")[0] for name in imports(path)} & heavy
    for name in own_imports(path):
        assert is_without_jax(name), f"{place(path)} imports {name}"


@pytest.mark.parametrize("library", ONLY_IMPORTER)
def test_a_library_has_one_door(library):
    users = {place(p) for p in FILES if any(n.split(".")[0] == library for n in imports(p))}
    assert users <= ONLY_IMPORTER[library]


def test_no_number_is_shown_as_minus_zero():
    """However a float is shown: `z` in its format drops the sign of what rounds to 0."""
    bare = {
        f"{path}: {spec}"
        for path in (*FILES, *COMMANDS)
        for spec in formats(path)
        if spec[-1] in "eEfFgG%" and "z" not in spec
    }
    assert bare == set()


def test_compilation_has_few_places():
    """`jax.jit` where programs leave: training, evaluation, export. The rest is pure.

    `costs` counts the operations of a decoder, and runs nothing.
    """
    asks = lambda p: "jax.jit" in p.read_text() or "jax.jit" in set(imports(p))
    places = {place(p) for p in FILES if asks(p)}
    allowed = {"training/over_members", "evaluation/trained_member", "pipeline/export"}
    allowed |= {"evaluation/costs", "training/costs", "library/vae"}
    assert {name for name in places if folder(name) != "selftest"} <= allowed


def test_pages_that_the_code_cites_are_there():
    cited = {
        page
        for path in [*FILES, *COMMANDS, *pathlib.Path("configs").glob("*.py")]
        for page in re.findall(r"docs/[\s#]*(\w+\.md)", path.read_text())
    }
    pages = {path.name for path in pathlib.Path("docs").glob("*.md")}
    assert len(cited) >= 4 and cited <= pages, cited - pages


def test_nothing_is_ever_unpickled():
    for path in FILES:
        assert not {n.split(".")[0] for n in imports(path)} & {
            "pickle",
            "dill",
            "cloudpickle",
        }
        assert "allow_pickle=True" not in path.read_text()
