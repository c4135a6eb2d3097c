"""Likelihoods p(x|z), one file each.

A factory takes `levels`, the grey levels of the stored pixels (0 for floats), from the
program, its own settings from the config, and returns a `Likelihood`.
"""
