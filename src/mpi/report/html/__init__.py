"""Reports: one self-contained page of a result, with figures, tables, method and law."""
