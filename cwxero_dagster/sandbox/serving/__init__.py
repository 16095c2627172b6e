"""The simulated systems as one HTTP server on loopback.

What belongs here: the systems' state on disk, the application around their handlers, the socket, and the files by which
a home folder tells others where its sandbox listens. What does not: behaviour of a system (sandbox/connectwise,
sandbox/xero), the page for people (sandbox/page), and when a server starts and ends (sandbox/server.py).
"""
