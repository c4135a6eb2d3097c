"""Data sets, one file each.

A factory takes the settings under `dataset` in the config and returns a `Dataset`. It
uses NumPy only, so that bad data is answered before JAX is loaded.
"""
