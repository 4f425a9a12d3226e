"""The standards as pure functions: no clock, no randomness, no I/O."""
