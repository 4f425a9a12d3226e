"""Letters about what is grave: what happened, and what to do if it was not you."""

from consentry.mail.wording import Facts, Wording


def password_changed(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Your password at {host} was changed",
        (
            f"The password of your account at {host} was changed on {facts['when']}.",
            "If this was you, you need do nothing. If not, have a new one set at once, and look at what is connected:",
        ),
        ("Set a new password", facts["reset_url"]),
    )


def factor_added(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Signing in at {host} now takes a code",
        (
            f"An authenticator was set up for your account at {host} on {facts['when']}.",
            (
                "If this was not you, somebody knows your password and sits at a browser that is signed in: write to "
                "whoever runs the server, who can switch it off."
            ),
        ),
        ("Look at your account", facts["security_url"]),
    )


def factor_removed(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Signing in at {host} takes no code any more",
        (
            f"The second factor of your account at {host} was switched off on {facts['when']}.",
            "If this was not you, set a new password at once, and then an authenticator up again:",
        ),
        ("Set a new password", facts["reset_url"]),
    )


def factor_guessed(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Somebody knows your password at {host}",
        (
            (
                f"On {facts['when']}, from {facts['network']}, somebody gave the right password of your account "
                f"at {host} and then too many wrong codes. They were not let in."
            ),
            "If this was not you, set a new password:",
        ),
        ("Set a new password", facts["reset_url"]),
    )


def recovery_used(host: str, facts: Facts) -> Wording:
    return Wording(
        f"A recovery code was used at {host}",
        (
            (
                f"On {facts['when']}, from {facts['network']}, a recovery code was used for your account at {host}. "
                f"You have {facts['left']} left."
            ),
            "If this was not you, set a new password, and have new recovery codes shown:",
        ),
        ("Look at your account", facts["security_url"]),
    )


def client_connected(host: str, facts: Facts) -> Wording:
    return Wording(
        f"An application was connected to your account at {host}",
        (
            (
                f"On {facts['when']} you, or somebody signed in as you, approved an application that is new to your "
                f"account. It calls itself: {facts['application']}"
            ),
            f"It may use {facts['server']}, and its answers go to: {facts['host']}",
            "If this was you, you need do nothing. If not, disconnect it now, and set a new password.",
        ),
        ("See what is connected", facts["url"]),
    )


def client_cut_off(host: str, facts: Facts) -> Wording:
    return Wording(
        f"An application was cut off from your account at {host}",
        (
            (
                f"On {facts['when']}, from {facts['network']}, something that an application had used up came "
                "again: two may hold it, and one of them may have stolen it. So its access was ended, for both. It "
                f"calls itself: {facts['application']}"
            ),
            f"It had access to {facts['server']}. Nobody has it now.",
            "If you want to go on using the application, connect it again. If you do not know it, you need do nothing.",
        ),
        ("See what is connected", facts["url"]),
    )
