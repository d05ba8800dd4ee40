"""Finds the packages: pyproject.toml can either find some or list others, and the shipped content lies elsewhere."""

from setuptools import find_packages, setup

setup(packages=[*find_packages("scripts"), *(f"hubpress.shipped.{kind}" for kind in ("models", "cards", "spaces"))])
