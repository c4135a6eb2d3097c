"""Metrics as a config or `--metrics` names them, with settings or without. No JAX."""

import ast
import re
from collections.abc import Mapping
from typing import Any

from vae_jax import registry
from vae_jax.errors import UserError
from vae_jax.registry import METHODS

OWN = re.compile(r"(^|,\s*)([\w.]+:\w+)")  # a user's own, "module:factory"


def read_metrics(metrics: Any) -> tuple[dict[str, Any], ...]:
    """The settings of each metric family of a config, `{"name": ..., SETTING: VALUE}`.

    Each is a name, or a group of a name and settings. An empty list, an unknown name and a
    repetition are `UserError`s.
    """
    if not isinstance(metrics, tuple | list):
        raise UserError("config.evaluation.metrics: expected a list of names")
    if not metrics:
        names = ", ".join(METHODS["metric"])
        raise UserError(f"config.evaluation.metrics: is empty; there are: {names}")
    families = []
    for metric in metrics:
        settings = dict(metric) if isinstance(metric, Mapping) else {"name": metric}
        registry.check_name("metric", settings.get("name"))
        families.append(settings)
    if any(families.count(settings) > 1 for settings in families):
        raise UserError(f"config.evaluation.metrics: {metrics} repeats a metric")
    return tuple(families)


def read_names(text: str) -> tuple[dict[str, Any], ...]:
    """`a,own:b(samples=5)` to `({"name": "a"}, {"name": "own:b", "samples": 5})`.

    It is read as Python's syntax of calls, and nothing is called: values are literals. Any
    other text is a `UserError`.
    """
    quoted = OWN.sub(r"\1'\2'", text)
    try:
        metrics = [
            read_name(node) for node in ast.parse(f"[{quoted}]", mode="eval").body.elts
        ]
    except (SyntaxError, ValueError, AttributeError):
        raise UserError(
            f"--metrics: {text!r} is not understood; expected NAME,NAME(SETTING=VALUE),..."
        ) from None
    return read_metrics(metrics)


def read_name(node: ast.expr) -> dict[str, Any]:
    """One metric of a command line: its name, and its settings if it is a call.

    A ValueError for any other expression.
    """
    settings_of = node.keywords if isinstance(node, ast.Call) else []
    named = node.func if isinstance(node, ast.Call) else node
    if getattr(node, "args", None) or not isinstance(named, ast.Name | ast.Constant):
        raise ValueError
    name = named.id if isinstance(named, ast.Name) else named.value
    settings = {word.arg: ast.literal_eval(word.value) for word in settings_of if word.arg}
    if len(settings) < len(settings_of):
        raise ValueError
    return {"name": name, **settings}
