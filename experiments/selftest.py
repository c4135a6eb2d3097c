"""Certifies this machine: quantities whose true values are known, computed here.

usage: vae-jax selftest [--only=NAME,...]

  --only=NAME,...  some certificates: likelihoods, bounds, decomposition, scores,
                   linear_vae, collapse

Takes about half a minute on two CPU cores. Exit status: 0 all hold, 1 one does not, 2 the
command line is at fault.
"""

import time
from collections.abc import Sequence

from vae_jax import registry
from vae_jax.console import cli
from vae_jax.registry import METHODS
from vae_jax.selftest.check import Check

LINE = "{:34}  {:>13}  {:>13}  {:>10}  {}"


def main(arguments: Sequence[str]) -> int:
    """Prints a line per check as it is done, and how many hold.

    Returns the exit status: 1 if one does not hold, else 0.
    """
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--only", default=",".join(METHODS["certificate"]))
    names = parser.parse_args(arguments).only.split(",")
    for name in names:
        registry.check_name("certificate", name)

    import jax

    from vae_jax.training import devices

    devices.start()
    started = time.monotonic()
    print(f"JAX {jax.__version__} on {jax.local_devices()[0].device_kind}\n")
    print(LINE.format("quantity", "exact", "ours", "error", "verdict"), flush=True)
    checks: list[Check] = []
    for name in names:
        for check in registry.factory("certificate", name)():
            checks.append(check)
            print(line(check), flush=True)
    wrong = sum(not check.holds for check in checks)
    held = f"{len(checks) - wrong} of {len(checks)} hold"
    print(f"\n{held}, {time.monotonic() - started:z.0f} s")
    return int(wrong > 0)


def line(check: Check) -> str:
    """A check as one row of the table: exact and computed value, error and verdict."""
    verdict = "holds" if check.holds else f"WRONG, should be within {check.tolerance:zg}"
    values = (f"{check.exact:z.5f}", f"{check.ours:z.5f}", f"{check.error:+z.1e}")
    return LINE.format(check.quantity, *values, verdict)


if __name__ == "__main__":
    cli.run(main)
