"""Reading a scenario: its folder, its settings, its shipped examples."""
