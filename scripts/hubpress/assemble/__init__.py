"""Weights -> the staged repository, without its card."""
