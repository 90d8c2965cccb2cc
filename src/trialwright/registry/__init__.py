"""What is registered: readers of registry documents, records, search, similar trials, criteria as expressions."""
