"""Metric families, one file each.

A factory takes its settings from the config and returns a `Metric`: a function of a
`TrainedMember` that returns its numbers by split and name.
"""
