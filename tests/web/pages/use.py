"""The page about use as it looks on an ordinary day, and before any call."""

from dataclasses import replace

from consentry.tallies import Sum
from consentry.web.dashboard.use import figures
from consentry.web.pages import chart
from consentry.web.pages.use_views import UseLine, UsePage, WindowLine

USED = UseLine(
    "add_reminder",
    1234,
    3,
    "at most 50 ms",
    "at most 2.5 s",
    chart.line(chart.Bar(1234, 3), 2000),
    chart.line(chart.Bar(2500, 50), 5000),
)
USE = UsePage(
    deployment_name="Reminders",
    back="/dashboard/deployments/reminders",
    plan="free",
    own=True,
    windows=(
        WindowLine("Last hour", 20, 18, 2, 1_794_560_460),
        WindowLine("This calendar month (UTC)", None, 700),
    ),
    spans=(
        ("Last day", "/use?span=day", True),
        ("Last week", "/use?span=week", False),
        ("Last month", "/use?span=month", False),
    ),
    summary="1241 calls of tools, 3 of them answered by an error.",
    since=1_794_474_000,
    until=1_794_560_400,
    figures=figures(
        [
            (
                1_794_474_000 + n * 3600,
                Sum(n * 7 % 23 * 9, n % 5, {25: n * 4 % 23 * 9, 250: n * 3 % 23 * 9, 2500: n % 3}) if n % 6 else Sum(),
            )
            for n in range(24)
        ]
    ),
    tools=(USED, replace(USED, name="delete_reminder", calls=7)),
    clients=(replace(USED, name="Claude"), replace(USED, name="Visual Studio Code")),
    times=tuple((1_794_474_000 + n * 3600, replace(USED, name="", calls=n)) for n in range(24)),
)
UNUSED = replace(USE, figures=figures([(0, Sum())] * 24), tools=(), clients=(), times=(), own=False)
