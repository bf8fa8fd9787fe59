"""The mathematics: integer arrays in, integer arrays out."""
