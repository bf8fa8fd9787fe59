"""Click's own words, in the language of help: its usage errors, its panels, and what `--help` says of itself.

Click looks its texts up through the standard `gettext` when it says them, so a catalogue put there translates them
all. rich-click does not do so for three of its own: `Usage:`, and the placeholders `[OPTIONS]` and `[ARGS]`, stay
English.
"""

import gettext

from allocator.commands.conventions import help_language, help_text
from allocator.words import texts


def translate_click() -> None:
    """From here on click says what `words/click.toml` has in Chinese, if that is the language of help."""
    if help_language() != "zh":
        return
    chinese: dict[str, str] = {text["en"]: text["zh"] for text in texts("click").values()}

    def of_one(domain: str, message: str) -> str:  # noqa: ARG001
        return chinese.get(message, message)

    def of_several(domain: str, msgid1: str, msgid2: str, n: int) -> str:
        return of_one(domain, msgid1 if n == 1 else msgid2)

    gettext.dgettext, gettext.dngettext = of_one, of_several


def panel_titles() -> dict[str, str]:
    """The settings of rich-click that are words."""
    return {
        "options_panel_title": help_text("panels.options"),
        "commands_panel_title": help_text("panels.commands"),
        "errors_panel_title": help_text("panels.error"),
        "errors_suggestion": help_text("panels.suggestion"),
        "default_string": help_text("panels.default", value="{}"),
    }
