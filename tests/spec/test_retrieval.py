"""For how long an answer may be kept."""

import pytest

from consentry.spec.retrieval import lifetime

DATE = "Tue, 10 Nov 2026 08:00:00 GMT"


@pytest.mark.proves("B6")
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 3600),
        ({"cache-control": "public"}, 3600),
        ({"cache-control": "max-age=7200"}, 7200),
        ({"cache-control": 'Max-Age="7200", public'}, 7200),
        ({"cache-control": "max-age=7200, s-maxage=900"}, 900),
        ({"cache-control": "max-age=7200", "age": "1200"}, 6000),
        ({"cache-control": "max-age=7200", "age": "nonsense"}, 7200),
        ({"cache-control": "max-age=7200", "age": "99999"}, 300),
        ({"cache-control": "max-age=0"}, 300),
        ({"cache-control": "max-age=-1"}, 300),
        ({"cache-control": "max-age=soon"}, 300),
        ({"cache-control": "max-age=99999999999999999999"}, 300),
        ({"cache-control": "max-age=999999999"}, 86400),
        ({"cache-control": "no-store, max-age=7200"}, 300),
        ({"cache-control": "no-cache"}, 300),
        ({"expires": "Tue, 10 Nov 2026 10:00:00 GMT", "date": DATE}, 7200),
        ({"expires": "Mon, 09 Nov 2026 10:00:00 GMT", "date": DATE}, 300),
        ({"expires": "0", "date": DATE}, 300),
        ({"expires": "Tue, 10 Nov 2026 10:00:00 GMT"}, 300),
        ({"expires": "Tue, 99 Nov 99999 10:00:00 GMT", "date": DATE}, 300),
        ({"cache-control": "max-age=600", "expires": "Tue, 10 Nov 2026 10:00:00 GMT", "date": DATE}, 600),
    ],
)
def test_cache_headers_are_honoured_within_our_own_bounds(headers: dict[str, str], seconds: int) -> None:
    assert lifetime(headers, least=300, most=86400, otherwise=3600) == seconds
