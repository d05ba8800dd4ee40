"""The Hub: how it reads, what it allows, and the one door to it."""
