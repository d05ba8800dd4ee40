"""How a published model is asked: its pipeline, its ONNX file, texts in batches and windows."""
