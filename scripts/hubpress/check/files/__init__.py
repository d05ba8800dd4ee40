"""Rules for any file: kinds, names, leaks, JSON documents, manifests."""
