"""What computes: packages and their versions, processor, the code's digest, git. No JAX."""

import contextlib
import hashlib
import os
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import vae_jax
from vae_jax import shipped

NO_BIT = (  # how variables begin that choose devices, which a record names otherwise,
    *("JAX_PLATFORM", "JAX_NUM_CPU_DEVICES", "JAX_CUDA_VISIBLE", "JAX_ROCM_VISIBLE"),
    # where compiled programs are kept,
    *("JAX_COMPILATION_CACHE_", "JAX_PERSISTENT_CACHE_", "JAX_ENABLE_COMPILATION_CACHE"),
    *("JAX_RAISE_PERSISTENT_CACHE_", "JAX_EXPLAIN_CACHE_"),
    # and what is logged
    *("JAX_LOG", "JAX_DEBUG_LOG_", "JAX_DUMP_IR_", "JAX_TRACEBACK_", "JAX_TRACER_ERROR_"),
)
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


def code_digest() -> dict[str, Any]:
    """SHA-256 of the package's sources; its git commit, if it lies in a checkout."""
    package = Path(vae_jax.__file__).parent
    sources = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package)
        if name.parts[0] not in (shipped.COMMANDS, shipped.CONFIGS):  # of a wheel alone
            sources.update(str(name).encode() + b"\0" + file.read_bytes() + b"\0")
    commit = ask_git(package, "rev-parse", "HEAD")
    status = ask_git(package, "status", "--porcelain", "--", ".")
    clean = None if commit is None or status is None else not status
    return {"sha256": sources.hexdigest(), "commit": commit, "clean": clean}


def ask_git(package: Path, *arguments: str) -> str | None:
    """What git says of the checkout that the package lies in; None where there is none."""
    if not (package.parent / ".git").exists():
        return None
    command = ["git", "-C", str(package.parent), *arguments]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10)
        return answer.stdout.strip() if answer.returncode == 0 else None
    return None


def jax_flags() -> dict[str, str]:
    """The variables of the environment that set JAX, but for those that change no number.

    What is not known to change none may change all, such as `JAX_THREEFRY_PARTITIONABLE`.
    """
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith("JAX_") and not name.startswith(NO_BIT)
    }


def instructions() -> str:
    """A digest of the processor's instruction sets, for which XLA compiles.

    Empty where the system does not list them.
    """
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        line = next(line for line in lines if line.startswith(("flags", "Features")))
        return hashlib.sha256(line.encode()).hexdigest()[:12]
    return ""


def package_versions() -> dict[str, str]:
    """The installed version of each package that can change a number, by its name."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return versions
