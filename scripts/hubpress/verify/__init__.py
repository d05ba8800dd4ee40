"""A published commit -> proof, or the list of what is not as its card says."""
