"""The stages of a release in order, each with a receipt; pushing, and on which Hub."""
