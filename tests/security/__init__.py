"""What may not be: read, written, forged, smuggled in or leaked, asked of a whole running town."""
