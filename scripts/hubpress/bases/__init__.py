"""The base that a model starts from: where it is, its tokenizer, and whether it can be what the recipe asks."""
