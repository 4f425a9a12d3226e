"""Clients that people use, played back: each sends what the real one was seen to send, and insists on what that does.

They import nothing of the program: they judge it from outside, over HTTP, as a client does.
"""
