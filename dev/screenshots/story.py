"""The pictures of README's story: the very walk of tests/journeys/test_story.py, against a real `consentry demo`."""

from playwright.async_api import FloatRect, async_playwright
from tests.cli.process import running
from tests.journeys.story import tell
from tests.journeys.test_story import printed
from tests.web.pages.gallery import CHROMIUM_FLAGS

PORT = "8000"
WIDTH, TALLEST = 960, 1140


async def pictured(executable: str) -> dict[str, bytes]:
    """PNG by name, as Chromium takes them."""
    taken: dict[str, bytes] = {}
    with running("demo", "--port", PORT) as demo:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
            context = await browser.new_context(
                viewport={"width": WIDTH, "height": 640}, timezone_id="UTC", locale="en-GB"
            )
            page = await context.new_page()

            async def show(name: str) -> None:
                height = min(await page.evaluate("document.documentElement.scrollHeight"), TALLEST)
                clip = FloatRect(x=0, y=0, width=WIDTH, height=height)
                taken[name] = await page.screenshot(full_page=True, clip=clip)

            await tell(page, printed(demo), show)
            await browser.close()
    return taken
