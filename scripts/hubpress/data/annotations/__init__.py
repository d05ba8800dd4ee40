"""Exports of annotation tools -> records."""
