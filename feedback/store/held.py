"""What each reader holds of each completion."""

from sqlalchemy import Float, Subquery, func, select, type_coerce
from sqlmodel import col

from feedback.tables import Rating


def held() -> Subquery:
    """What each reader holds of each completion: sources of one reader are averaged."""
    return (
        select(
            col(Rating.completion_id),
            col(Rating.reader_id),
            type_coerce(func.avg(col(Rating.value)), Float).label("value"),
        )
        .where(col(Rating.revoked_at).is_(None))
        .group_by(col(Rating.completion_id), col(Rating.reader_id))
        .subquery()
    )
