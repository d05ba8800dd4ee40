"""A model that is trained already, and records -> its first recipe, in which every guess is marked."""
