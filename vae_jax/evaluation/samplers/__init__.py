"""Samplers: where z comes from when a model generates, one file each.

A factory takes its settings and returns a `Sampler`: `(member, use, n) -> z [n, L]`.
"""
