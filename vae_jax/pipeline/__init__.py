"""The order of things, effects and all: load, train, evaluate, draw, reproduce, export."""
