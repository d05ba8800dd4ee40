"""The rehearsal Hub's pages for browsers."""
