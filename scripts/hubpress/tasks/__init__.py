"""What differs between kinds of models: encoding, loss, decision, measuring, baselines."""
