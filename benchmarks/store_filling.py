"""Fill a PostgreSQL database with readers, requests, texts and ratings, as fast as it can write."""

from collections.abc import Sequence

import psycopg

READERS = 10_000
_RATINGS = 3  # Of each text, by readers of whom one in five disagrees with the others.

_VERSION = """
    INSERT INTO model_version (name, artifact_sha256, kind, base_id, base_sha256, tokenizer_sha256,
        template_sha256, status, metrics, created_at)
    VALUES ('base', 'a', 'base', 'small', 'b', 'c', 'd', 'live', '{}', now())"""
_READERS = """
    INSERT INTO reader (platform, workspace, user_key, locale, role, consent, created_at)
    SELECT 'bench', '', key, 'en', CASE WHEN mod(n, 100) = 0 THEN 'reviewer' ELSE 'reader' END, true, now()
    FROM unnest(%(keys)s::text[]) WITH ORDINALITY AS keys(key, n) ORDER BY n"""
_PROMPTS = """
    INSERT INTO prompt (request_key, reader_id, platform, workspace, chat, thread, reply_to, locale, form,
        theme, language, sampling, variants, split_bucket, status, attempts, created_at, closed_at)
    SELECT 'bench ' || n, 1 + mod(n, %(readers)s), 'bench', '', 'c', '', '', 'en',
        (ARRAY['poem', 'haiku', 'story', 'slogan'])[1 + mod(n, 4)], 'theme ' || theme, 'en', '{}', 2,
        mod(('x' || left(theme, 6))::bit(24)::int, 1000), 'written', 1, now(), now()
    FROM (SELECT n, md5(mod(n, 250000)::text) AS theme FROM generate_series(1, %(prompts)s) n) asked"""
_COMPLETIONS = """
    INSERT INTO completion (prompt_id, variant, model_version, arm, seed, text, text_sha256, prompt_tokens,
        tokens, ttft_ms, total_ms, finish_reason, checks, status, created_at)
    SELECT 1 + n / 2, mod(n, 2), 'base', 'champion', n, body, encode(sha256(body::bytea), 'hex'), 40, 60,
        1, 2, 'stop', '{}', 'finished', now() - make_interval(secs => mod(n, 8640000))
    FROM (SELECT n, concat_ws(' ', md5('a' || n), md5('b' || n), md5('c' || n), md5('d' || n)) AS body
          FROM generate_series(0, %(completions)s - 1) n) texts"""
_RATED = """
    INSERT INTO rating (completion_id, reader_id, source, value, created_at, updated_at)
    SELECT 1 + text, 1 + mod(text * 7919 + mod(n, 3) * 3331, %(readers)s), 'button',
        CASE WHEN (mod(hashint8(text), 2) = 0) <> (mod(hashint8(n * 31), 5) = 0) THEN 1 ELSE -1 END,
        moment, moment
    FROM (SELECT n, n / 3 AS text, now() - make_interval(secs => mod(n, 8640000)) AS moment
          FROM generate_series(0::bigint, %(ratings)s - 1) n) votes"""


def fill(url: str, completions: int, keys: Sequence[str]) -> None:
    """As many texts, two for each request, in a migrated database without rows. `keys`: of the readers."""
    many = {
        "keys": list(keys),
        "readers": len(keys),
        "prompts": (completions + 1) // 2,
        "completions": completions,
        "ratings": _RATINGS * completions,
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_VERSION)
        for statement in (_READERS, _PROMPTS, _COMPLETIONS, _RATED):
            connection.execute(statement, many)
        connection.execute("VACUUM ANALYZE")  # As the server itself does in time.
        connection.execute("CHECKPOINT")  # Or it would write what was filled in beside what is measured.
