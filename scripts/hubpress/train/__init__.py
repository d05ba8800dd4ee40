"""Splits -> weights and training.json."""
