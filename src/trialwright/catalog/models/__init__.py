"""One module per kind of data file."""
