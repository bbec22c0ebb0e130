"""Keep the vote of a reaction: nobody can be told that it failed, so it is tried for long."""

import asyncio

from bots.messages import Inbox, KeptForLater, UnknownCompletion, Vote
from bots.retrying import recording


async def reaction_kept(inbox: Inbox, vote: Vote) -> bool:
    """False if the message is none of ours, or not noted as such yet."""

    async def keep() -> bool:
        try:
            await asyncio.to_thread(inbox.rate, vote)
        except KeptForLater:
            return True
        except UnknownCompletion:
            return False
        return True

    return await recording(keep)
