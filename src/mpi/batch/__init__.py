"""Many surveys in one go: plans, what is stale, processes, folders that appear whole."""
