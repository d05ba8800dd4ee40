"""Facts -> README.md, charts and notebook."""
