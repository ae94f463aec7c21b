"""Profiles, the additive table and functions of profiles; numpy arrays only."""
