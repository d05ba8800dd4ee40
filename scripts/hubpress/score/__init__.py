"""Millions of records of files, answered by a published model, in parts that no later run repeats."""
