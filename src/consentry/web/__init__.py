"""The HTTP of everything but the gateway: endpoints, pages, responses."""
