"""What the prepared records say: counts, lengths, repeats, scripts, languages and labels, with what is to be minded."""
