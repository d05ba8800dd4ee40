"""Anybody's model repository -> findings, each with its severity: read as files, and none of its code is run."""
