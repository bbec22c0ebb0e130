"""The fake Telegram where the bot is not in the chat: inline messages, its webhook, its rights."""

from tests.fakes.telegram_chats import Chats, Fields, Refusal, markup_of, text_of

_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


class Elsewhere:
    """What a FakeTelegram knows and answers besides chats and their messages."""

    chats: Chats

    def __init__(self) -> None:
        self.knows_drafts = False  # As an older Bot API server.
        self.refused_drafts = ""  # What drafts are refused with.
        self.drafts: list[tuple[int, int, str]] = []  # (chat, draft, text) as they came.
        self.webhook: Fields = {}
        self.webhook_error = ""  # What Telegram met when it last called the webhook.
        self.rights: dict[int, str] = {}  # Chat → the bot's status there.
        self.offered: dict[str, list[Fields]] = {}  # Inline query → results.
        self.inline: dict[str, list[str]] = {}  # Inline message → what it showed, oldest first.
        self.inline_buttons: dict[str, list[Fields]] = {}

    def edit_inline(self, fields: Fields) -> bool:
        message = fields["inline_message_id"]
        if message not in self.inline:
            raise Refusal(400, "Bad Request: MESSAGE_ID_INVALID")
        text, rows = text_of(fields, "MESSAGE_TOO_LONG"), markup_of(fields)
        self.inline[message].append(text)
        self.inline_buttons[message] = [button for row in rows for button in row]
        return True

    def draft(self, fields: Fields) -> bool:
        if not self.knows_drafts:
            raise Refusal(404, "Not Found")
        if self.refused_drafts:
            raise Refusal(400, self.refused_drafts)
        chat, draft, text = int(fields["chat_id"]), int(fields["draft_id"]), str(fields.get("text", ""))
        if chat <= 0:
            raise Refusal(400, "Bad Request: PEER_ID_INVALID")
        if draft == 0:
            raise Refusal(400, "Bad Request: DRAFT_ID_INVALID")
        if text:
            text_of(fields)
        self.chats.open_chat(fields)
        self.drafts.append((chat, draft, text))
        return True

    async def _do_sendMessageDraft(self, fields: Fields) -> bool:  # noqa: N802 - Telegram's names, as below.
        return self.draft(fields)

    async def _do_answerInlineQuery(self, fields: Fields) -> bool:  # noqa: N802
        if not fields.get("inline_query_id"):
            raise Refusal(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        for result in fields["results"]:
            if not 1 <= len(result["id"].encode()) <= 64:
                raise Refusal(400, "Bad Request: RESULT_ID_INVALID")
            text_of({"text": result["input_message_content"]["message_text"]})
            markup_of(result)
        self.offered[fields["inline_query_id"]] = fields["results"]
        return True

    async def _do_getWebhookInfo(self, _: Fields) -> Fields:  # noqa: N802
        info: Fields = {"url": self.webhook.get("url", ""), "has_custom_certificate": False}
        info["pending_update_count"] = 3
        if self.webhook_error:
            info |= {"last_error_message": self.webhook_error, "last_error_date": 1_700_000_000}
        if self.webhook.get("allowed_updates"):
            info["allowed_updates"] = self.webhook["allowed_updates"]
        return info

    async def _do_getChatMember(self, fields: Fields) -> Fields:  # noqa: N802
        chat = int(fields["chat_id"])
        if chat not in self.rights:
            raise Refusal(400, "Bad Request: chat not found")
        bot: Fields = {"id": int(fields["user_id"]), "is_bot": True, "first_name": "Rhapsode"}
        member: Fields = {"status": self.rights[chat], "user": bot}
        return member | dict.fromkeys(_RIGHTS, False) if member["status"] == "administrator" else member
