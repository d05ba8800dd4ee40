"""Rules for a model's files: config, tokenizer, weights, ONNX, remote code."""
