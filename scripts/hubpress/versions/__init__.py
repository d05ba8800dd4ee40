"""What one version of a model changes against another, and how a published one is withdrawn."""
