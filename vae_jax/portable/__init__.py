"""A decoder as a list of array operations, which runs where JAX does not.

`trace` writes it down from any pure function; `run` is its meaning in NumPy; the explorer
page runs it in a browser. Nothing is converted by hand: a new network or likelihood comes
along by itself, as long as it is made of the operations that `operations` lists.
"""
