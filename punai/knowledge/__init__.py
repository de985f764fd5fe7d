"""A business's documents: read, cut into passages, indexed and searched."""
