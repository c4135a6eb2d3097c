"""Objectives: what training descends. Add one: a file here, and a line below.

An objective is `(model, params, x, key, hparams) -> Terms`, averaged over the batch.
"""

OBJECTIVES = {"elbo": "vae_jax.objectives.elbo:elbo"}
