"""From answers and truth to numbers, without torch."""
