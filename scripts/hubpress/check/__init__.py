"""A folder -> a list of problems: offline, one rule a function, without changing a byte."""
