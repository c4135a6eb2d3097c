"""Scores of samples and codes: arrays in, numbers out. NumPy in float64, no JAX.

Every function is certified on inputs whose true value is known (`tests/test_scores_*`).
"""
