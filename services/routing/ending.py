"""The end of what is still open, when a dispute is closed or leads to another code."""

from exchange.contracts.vocabulary import LIVE
from services.routing.story import Story


def conclude_open(story: Story) -> None:
    """Conclude every open referral and free its receiver; the next event shows it."""
    for referral in story.standing.referrals:
        story.release(referral)
        if referral.status in LIVE:
            story.touch(referral.referral_id, status="concluded")
