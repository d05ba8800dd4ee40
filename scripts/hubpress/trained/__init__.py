"""A model that is trained already -> what its files say, and the folder that training would leave."""
