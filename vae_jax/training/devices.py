"""The machine: which devices there are, how wide members lie on them, and JAX's set-up."""

import contextlib
import hashlib
import os
import platform
from pathlib import Path
from typing import NamedTuple

import jax
import joblib

from vae_jax.environment import instructions
from vae_jax.errors import UserError

# Members per device in one call. On CPU two is the fastest of 1, 2, 4 and 8 (docs/
# performance.md); a wide `vmap` is what an accelerator wants.
WIDTH = {"cpu": 2}
ACCELERATOR_WIDTH = 64


class Layout(NamedTuple):
    """How members are spread over the machine: it changes the time, not their bits."""

    platform: str
    devices: int
    width: int  # members per device in one call

    @property
    def group(self) -> int:
        """Members that one call of a compiled program trains, on all devices together."""
        return self.devices * self.width

    def halved(self) -> "Layout":
        """The layout with about half the members per call, for when memory runs out.

        Two on a device for as long as possible: XLA compiles one as a product of matrices
        and not of batches of them, which may round otherwise.
        """
        if self.width > 2:
            return self._replace(width=self.width // 2)
        if self.devices > 1:
            return self._replace(devices=self.devices // 2)
        return self._replace(width=1)


def start() -> None:
    """Makes every CPU core a device, and keeps compiled programs from run to run.

    Where JAX has been used before, its devices stay what they are.
    `JAX_COMPILATION_CACHE_DIR` says where compiled programs go instead; without a writable
    directory there is no cache.
    """
    cores = joblib.cpu_count()
    # Where nobody says how many threads to take, scikit-learn asks joblib for the physical
    # cores, which prints a traceback in a container that hides them.
    os.environ.setdefault("OMP_NUM_THREADS", str(cores))
    with contextlib.suppress(RuntimeError):  # a notebook's JAX may have its devices already
        jax.config.update("jax_num_cpu_devices", cores)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    if not jax.config.jax_compilation_cache_dir:
        cache_dir = cache_directory()
        try:
            cache_dir.mkdir(parents=True, exist_ok=True)
        except OSError:
            return
        if os.access(cache_dir, os.W_OK):
            jax.config.update("jax_compilation_cache_dir", str(cache_dir))


def cache_directory() -> Path:
    """Where compiled programs are kept: a directory per kind of processor.

    XLA compiles for the instructions it finds, and homes are shared between machines.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    kind = instructions() or platform.platform() + platform.processor()
    return Path(home) / "vae_jax" / f"xla-{hashlib.sha256(kind.encode()).hexdigest()[:12]}"


def choose_layout(members: int) -> Layout:
    """The layout for so many members: the local devices that they fill, at their width.

    A `UserError` where JAX finds no device.
    """
    try:
        kind = jax.default_backend()
        devices = jax.local_device_count()
    except (RuntimeError, AssertionError) as error:
        platforms = jax.config.jax_platforms or "any"
        raise UserError(f"JAX finds no device (platforms: {platforms}): {error}") from None
    width = WIDTH.get(kind, ACCELERATOR_WIDTH)
    return Layout(kind, min(devices, -(-members // width)), width)
