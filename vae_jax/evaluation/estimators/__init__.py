"""Estimators of the likelihood and of the aggregate posterior.

Pure functions of (model, params, x, key, hparams); compile them in the caller. Which to
trust: `quadrature` wherever at most 2 latent dimensions are used; `iwae` while its ESS
stays well above 1; `ais` beyond that. `selftest/linear_gaussian.py` certifies them all.
"""
