"""Microdata, codebooks and sampling design."""
