"""Quantities whose true values are known, computed on the user's own machine.

Each certificate is a function that yields `Check`s.
"""
