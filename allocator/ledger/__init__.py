"""The books: what was allotted, granted, returned and when, entry by entry; nothing in them is ever changed."""
