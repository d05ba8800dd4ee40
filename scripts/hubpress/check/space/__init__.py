"""Rules for a Space: its README.md, settings and code."""
