"""From a public path to a slug, and from an upstream's URL to the one that is called."""


def find_slug(path: str, before: str, after: str = "") -> str | None:
    """The slug of `{before}{slug}{after}`, with or without one trailing slash; None for any other path.

    Clients normalise the URL that was typed, and a redirect between hosts loses Authorization: so both serve.
    """
    if not path.startswith(before):
        return None
    rest = path[len(before) :].removesuffix("/")
    if not rest.endswith(after):
        return None
    slug = rest[: len(rest) - len(after)]
    return slug if slug and "/" not in slug else None


def join_query(upstream_url: str, query: bytes) -> str:
    """The upstream's URL with the client's query behind its own."""
    if not query:
        return upstream_url
    return f"{upstream_url}{'&' if '?' in upstream_url else '?'}{query.decode('latin-1')}"
