"""The door: files become records, or problems with an address."""
