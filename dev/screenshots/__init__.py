"""Pictures of every page in docs/images, and docs/pages.md, which shows them: `python -m dev.screenshots`."""
