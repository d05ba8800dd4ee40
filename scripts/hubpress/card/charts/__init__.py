"""Facts -> pictures as PNG and SVG: pure, without a display, the same bytes for the same facts and matplotlib."""
