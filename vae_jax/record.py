"""What a run writes down about itself before it starts. No JAX."""

import contextlib
import hashlib
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import vae_jax
from vae_jax.dataset import Dataset
from vae_jax.seal import digest_of

JAX_FLAGS = ("JAX_ENABLE_X64", "JAX_DEFAULT_MATMUL_PRECISION", "JAX_DEFAULT_PRNG_IMPL")
PACKAGES = (
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "orbax-checkpoint",
    "ml-collections",
    "numpy",
    "scikit-learn",
)


def make_record(config: dict[str, Any], datasets: Sequence[Dataset]) -> dict[str, Any]:
    """Config, command, versions, platform and each program's data, as plain JSON."""
    found = {
        "config": config,
        "data": {f"program_{i}": describe(data) for i, data in enumerate(datasets)},
        "code": code(),
        "command": shlex.join([os.path.basename(sys.executable), *sys.argv]),
        "versions": {"vae_jax": vae_jax.__version__, **package_versions()},
        "platform": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processor": platform.processor() or platform.machine(),
            "instructions": instructions(),
            "cores": os.cpu_count(),
            "xla_flags": os.environ.get("XLA_FLAGS", ""),
            "jax_flags": {n: v for n, v in sorted(os.environ.items()) if n in JAX_FLAGS},
        },
    }
    return {"id": identify(found), **found}


def identify(record: Mapping[str, Any]) -> str:
    """Ten characters for a result: of the config, the data and the code that made it."""
    config = record["config"]
    dataset = {name: v for name, v in config["dataset"].items() if name != "path"}
    return digest_of(
        {
            "config": {**config, "dataset": dataset},  # wherever the data lies
            "data": record["data"],
            "code": record["code"]["sha256"],
        }
    )[:10]


def code() -> dict[str, Any]:
    """SHA-256 of the package's sources; its git commit, if it lies in a checkout."""
    package = Path(vae_jax.__file__).parent
    sources = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        name = str(file.relative_to(package)).encode()
        sources.update(name + b"\0" + file.read_bytes() + b"\0")
    commit = git(package, "rev-parse", "HEAD")
    status = git(package, "status", "--porcelain", "--", ".")
    clean = None if commit is None or status is None else not status
    return {"sha256": sources.hexdigest(), "commit": commit, "clean": clean}


def git(package: Path, *arguments: str) -> str | None:
    """What git says of the checkout that the package lies in; None where there is none."""
    if not (package.parent / ".git").exists():
        return None
    command = ["git", "-C", str(package.parent), *arguments]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        return done.stdout.strip() if done.returncode == 0 else None
    return None


def instructions() -> str:
    """A digest of the processor's instruction sets, for which XLA compiles."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        line = next(line for line in lines if line.startswith(("flags", "Features")))
        return hashlib.sha256(line.encode()).hexdigest()[:12]
    return ""


def describe(dataset: Dataset) -> dict[str, Any]:
    """What a program's members were trained and tested on."""
    return {
        "name": dataset.name,
        "sha256": dataset.sha256,
        "train": len(dataset.train),
        "valid": len(dataset.valid),
        "test": len(dataset.test),
        "shape": list(dataset.shape),
        "levels": dataset.levels,
        "pixels": dataset.pixels,
    }


def package_versions() -> dict[str, str]:
    """Versions of the packages that can change a number."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
