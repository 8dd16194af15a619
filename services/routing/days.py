"""The day of an act, against the day on which it was sent."""

from datetime import date

from services.routing.refusals import unlawful
from services.routing.story import Story


def not_in_future(story: Story, day: date) -> None:
    """Raises Unlawful for an act's day that lies after its legal instant's day in China."""
    if day > story.today:
        raise unlawful("act.future", because_zh=f"（{day}）")
