"""A walk through a whole installation, in which every page is met once in each state that matters."""
