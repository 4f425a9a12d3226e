"""What the operator decides: read once, at the door."""

from consentry.settings.loading import PREFIX, SettingsError, in_words, load, of_environment
from consentry.settings.model import DEFAULT_DATA_DIR, DEFAULT_PORT, Settings

__all__ = [
    "DEFAULT_DATA_DIR",
    "DEFAULT_PORT",
    "PREFIX",
    "Settings",
    "SettingsError",
    "in_words",
    "load",
    "of_environment",
]
