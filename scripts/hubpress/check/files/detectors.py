"""Secrets of many services, by the detectors of detect-secrets whose formats nothing else has.

Those that go by entropy are left out, since they take every hash and every id of a release for a secret; those that go
by words, since they need seconds for a tokenizer's file; and those whose format is our own search's already. No
detector's ``verify`` is called: it would ask the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

_AWS_SECRET = 40  # letters; AWS's other key is as long as many a sequence of bases or amino acids


def _any(secret: str) -> bool:
    return True


# What it is, who finds it, and which of what is found is one.
_DETECTORS: tuple[tuple[str, RegexBasedDetector, Callable[[str], bool]], ...] = (
    ("an AWS secret key", AWSKeyDetector(), lambda secret: len(secret) == _AWS_SECRET),
    ("an Azure storage key", AzureStorageKeyDetector(), _any),
    ("a Discord token", DiscordBotTokenDetector(), _any),
    ("a JSON web token", JwtTokenDetector(), _any),
    ("a Mailchimp key", MailchimpDetector(), _any),
    ("a SendGrid key", SendGridDetector(), _any),
    ("a Slack token", SlackDetector(), _any),
    ("a Square secret", SquareOAuthDetector(), _any),
    ("a Stripe key", StripeDetector(), _any),
    ("a Twilio key", TwilioKeyDetector(), _any),
)


def detected(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield what each secret in a text is, the secret, and where it begins."""
    for what, detector, is_one in _DETECTORS:
        for secret in dict.fromkeys(filter(is_one, detector.analyze_string(text))):
            at = text.find(secret)
            # Inside of a longer word there is any sequence of letters.
            if not text[max(0, at - 1) : at].isalnum():
                yield what, secret, at
