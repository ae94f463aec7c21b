"""Presentation of results: tables, workbooks, figures and frames of other programs."""
