"""The pure functions underneath, for those who write their own loop.

A model, an objective and a training step are functions of their arguments alone: parameters
and state go in and come out, random numbers come from keys, and nothing here is compiled or
kept. `docs/python.md` trains a VAE with them in 14 lines.
"""

from vae_jax import registry
from vae_jax.models.model import build_model, spec_of
from vae_jax.studies.member import Member
from vae_jax.training.loop import final_params, init_state, train_epochs, train_step
from vae_jax.training.members import hparams_of
from vae_jax.types import HParams, Images, Model, ModelSpec, Objective, TrainState

__all__ = [
    "HParams",
    "Images",
    "Member",
    "Model",
    "ModelSpec",
    "Objective",
    "TrainState",
    "build_model",
    "build_objective",
    "final_params",
    "hparams_of",
    "init_state",
    "spec_of",
    "train_epochs",
    "train_step",
]


def build_objective(spec: ModelSpec) -> Objective:
    """What training descends: `objective(model, params, x, key, hparams) -> Terms`."""
    return registry.build("objective", spec.objective)
