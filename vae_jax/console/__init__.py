"""Between the program and its user: command lines, progress, signals. No JAX."""

import os
import sys

if os.name == "nt":  # before anything is imported that Windows does not have
    print(
        "vae_jax runs on Linux and macOS; on Windows use WSL: "
        "https://learn.microsoft.com/windows/wsl/install",
        file=sys.stderr,
    )
    raise SystemExit(2)
