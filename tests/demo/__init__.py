"""The demo room, with its servers as real processes and real clients in front of them."""
