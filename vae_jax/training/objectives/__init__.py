"""Objectives: what training descends, one file each.

An objective is `(model, params, x, key, hparams) -> Terms`, averaged over the batch.
"""
