"""Results as workbooks, in the manner of an official annex."""
