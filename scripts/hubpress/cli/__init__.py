"""Words -> calls -> words: one file a command."""
