"""Suspicious output: text that carries data away, speaks to a model, hides, or promises what it must not."""
