"""From a public path to a slug."""


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
