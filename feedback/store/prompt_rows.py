"""New prompts and completions as rows."""

import hashlib
from datetime import datetime

from feedback.buckets import split_bucket
from feedback.records import NewCompletion, NewPrompt
from feedback.store.upsert import storable
from feedback.tables import Completion, Prompt


def prompt_row(new: NewPrompt, reader_id: int) -> Prompt:
    return Prompt(
        request_key=new.request_key,
        reader_id=reader_id,
        platform=new.platform,
        workspace=new.workspace,
        chat=new.chat,
        thread=new.thread,
        reply_to=new.reply_to,
        locale=new.locale,
        form=new.form,
        theme=new.theme,
        language=new.language,
        sampling=new.sampling,
        parent_completion_id=new.parent_completion_id,
        kind=new.kind,
        instruction=new.instruction or None,
        variants=new.variants,
        length=new.length,
        traceparent=new.traceparent,
        split_bucket=split_bucket(new.form, new.theme),
    )


def completion_row(prompt_id: int, new: NewCompletion, moment: datetime) -> Completion:
    text = storable(new.text)
    return Completion(
        prompt_id=prompt_id,
        variant=new.variant,
        model_version=new.model_version,
        arm=new.arm,
        seed=new.seed,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        prompt_tokens=new.prompt_tokens,
        tokens=new.tokens,
        ttft_ms=new.ttft_ms,
        total_ms=new.total_ms,
        finish_reason=new.finish_reason,
        checks=new.checks,
        created_at=moment,
    )
