"""What `--metrics` says: names, with settings in brackets. No JAX."""

import ast
from typing import Any

from vae_jax.errors import UserError
from vae_jax.study import read_metrics


def read_names(text: str) -> tuple[dict[str, Any], ...]:
    """`a,b(samples=5)` to `({"name": "a"}, {"name": "b", "samples": 5})`.

    It is read as Python's syntax of calls, and nothing is called: values are literals.
    """
    try:
        found = [read_name(node) for node in ast.parse(f"[{text}]", mode="eval").body.elts]
    except (SyntaxError, ValueError, AttributeError):
        raise UserError(
            f"--metrics: {text!r} is not understood; expected NAME,NAME(SETTING=VALUE),..."
        ) from None
    return read_metrics(found)


def read_name(node: ast.expr) -> dict[str, Any]:
    """One metric."""
    if isinstance(node, ast.Name):
        return {"name": node.id}
    if not isinstance(node, ast.Call) or node.args or not isinstance(node.func, ast.Name):
        raise ValueError
    settings = {
        word.arg: ast.literal_eval(word.value) for word in node.keywords if word.arg
    }
    if len(settings) < len(node.keywords):
        raise ValueError
    return {"name": node.func.id, **settings}
