"""What hubpress writes as JSON: one frozen model a document."""
