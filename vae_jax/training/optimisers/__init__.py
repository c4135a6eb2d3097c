"""Optimisers: from gradients to updates, one file each."""
