"""The staged repository and the test split -> evaluation.json."""
