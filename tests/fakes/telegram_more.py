"""The fake Telegram beyond messages: drafts, documents, inline mode, webhooks, rights."""

from tests.fakes.telegram_chats import Chats
from tests.fakes.telegram_rules import Fields, Refusal, markup_of, text_of, units

DRAFT_LIFE = 30  # Seconds.


class MoreMethods:
    """Methods that a FakeTelegram answers besides those for messages."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats
        self.knows_drafts = False  # An older server refuses them.
        self.refuses_drafts = ""  # What drafts are refused with.
        self.drafts: list[tuple[int, int, str]] = []  # (chat, draft, text) as they came.
        self.documents: list[tuple[int, str]] = []  # (chat, file) as they came.
        self.inline: dict[str, list[str]] = {}  # Inline message id → what it showed, oldest first.
        self.inline_markup: dict[str, list[list[Fields]]] = {}
        self.offered: dict[str, list[Fields]] = {}  # Inline query id → results.
        self.webhook: Fields = {}
        self.webhook_error = ""
        self.rights: dict[int, str] = {}  # Chat id → the bot's status there.

    def edit_inline(self, fields: Fields) -> bool:
        message = fields["inline_message_id"]
        if message not in self.inline:
            raise Refusal(400, "Bad Request: MESSAGE_ID_INVALID")
        text, markup = text_of(fields, "MESSAGE_TOO_LONG"), markup_of(fields)
        if self.inline[message][-1:] == [text] and self.inline_markup.get(message) == markup:
            raise Refusal(400, "Bad Request: message is not modified")
        self.inline[message].append(text)
        self.inline_markup[message] = markup
        return True

    async def _do_sendMessageDraft(self, fields: Fields) -> bool:  # noqa: N802 - Telegram's names, as all below.
        if not self.knows_drafts:
            raise Refusal(404, "Not Found")
        if self.refuses_drafts:
            raise Refusal(400, self.refuses_drafts)
        chat, draft, text = int(fields["chat_id"]), int(fields["draft_id"]), str(fields.get("text", ""))
        if chat <= 0:
            raise Refusal(400, "Bad Request: PEER_ID_INVALID")
        if draft == 0:
            raise Refusal(400, "Bad Request: DRAFT_ID_INVALID")
        if units(text) > 4096:
            raise Refusal(400, "Bad Request: text is too long")
        self.chats.open_chat(fields)
        self.drafts.append((chat, draft, text))
        return True

    async def _do_sendDocument(self, fields: Fields) -> Fields:  # noqa: N802
        chat = self.chats.open_chat(fields)
        if not str(fields.get("document", "")).startswith(("file:", "attach:")):
            raise Refusal(400, "Bad Request: there is no document in the request")
        self.documents.append((chat["id"], str(fields["document"])))
        return {"message_id": 900_000 + len(self.documents), "date": 1, "chat": chat}

    async def _do_deleteMessage(self, fields: Fields) -> bool:  # noqa: N802
        self.chats.delete(self.chats.own(fields))
        return True

    async def _do_answerInlineQuery(self, fields: Fields) -> bool:  # noqa: N802
        results = fields["results"]
        for result in results:
            if not 1 <= len(result["id"].encode()) <= 64:
                raise Refusal(400, "Bad Request: RESULT_ID_INVALID")
            content = result["input_message_content"]
            text_of({"text": content["message_text"]})
            markup_of(result)
        self.offered[fields["inline_query_id"]] = results
        return True

    async def _do_setWebhook(self, fields: Fields) -> bool:  # noqa: N802
        self.webhook = fields
        return True

    async def _do_deleteWebhook(self, _: Fields) -> bool:  # noqa: N802
        self.webhook = {}
        return True

    async def _do_getWebhookInfo(self, _: Fields) -> Fields:  # noqa: N802
        info: Fields = {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": 3,
        }
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
        if self.rights[chat] == "administrator":
            allowed = dict.fromkeys(_RIGHTS, False)
            member |= allowed
        return member


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
