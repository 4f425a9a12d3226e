"""Who asks: OAuth clients, how they register and how they prove who they are. Owns no grants and no tokens."""
