"""Rules for README.md: front matter, figures, widget, prose, links, snippets."""
