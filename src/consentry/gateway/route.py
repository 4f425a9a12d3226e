"""From a public path to a slug, and from an upstream's URL to the one that is called."""


def find_slug(path: str, prefix: str) -> str | None:
    """The slug of `{prefix}{slug}`, with or without one trailing slash; None for any other path.

    Clients normalise the URL that was typed, and a redirect between hosts loses Authorization: so both serve.
    """
    if not path.startswith(prefix):
        return None
    slug = path[len(prefix) :].removesuffix("/")
    return slug if slug and "/" not in slug else None


def join_query(upstream_url: str, query: bytes) -> str:
    """The upstream's URL with the client's query behind its own."""
    if not query:
        return upstream_url
    return f"{upstream_url}{'&' if '?' in upstream_url else '?'}{query.decode('latin-1')}"
