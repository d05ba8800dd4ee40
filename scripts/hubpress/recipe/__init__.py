"""recipe.yaml -> Recipe, or every fault with its line."""
