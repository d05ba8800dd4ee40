"""Facts -> PNG pictures: pure, without a display, the same bytes for the same facts and matplotlib."""
