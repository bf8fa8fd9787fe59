"""The line from rows to files in columns: very large inputs, the same decisions, tables and certificates only."""
