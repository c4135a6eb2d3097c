"""A run for a paper: figures as PDF, tables as LaTeX, a methods paragraph, references."""
