"""Training by other processes, here or elsewhere: existing launchers start them, and what they leave comes back."""
