"""Trains members: objectives and optimisers, the loop, and the sweep that compiles it."""
