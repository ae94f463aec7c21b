"""What counts as poor: specifications, their files and the rule language."""
