"""The pages that a signed-in person works in: deployments, the applications connected to them, API keys."""
