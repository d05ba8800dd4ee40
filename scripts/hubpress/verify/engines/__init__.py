"""Other engines than transformers, asked for a published model's answers, which are held against pipeline()'s."""
