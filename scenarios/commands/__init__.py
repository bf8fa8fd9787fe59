"""Commands over a scenario."""
