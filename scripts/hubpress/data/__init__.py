"""Records as people have them -> splits on disk."""
