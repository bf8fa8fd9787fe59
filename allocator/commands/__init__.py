"""Commands over what the domain has written: policies and output folders."""
