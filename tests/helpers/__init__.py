"""What tests of several folders share; a fixture that many of them use stands in a conftest.py."""
