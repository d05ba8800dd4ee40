"""The base model asked, before anything is spent, whether it can go the whole way of a release."""
