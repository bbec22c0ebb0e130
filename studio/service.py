"""What machines ask the studio: does it work (/healthz), and what are its figures (/metrics)?"""

import asyncio
from collections.abc import Iterable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from feedback.database import DatabaseGone
from feedback.records import Overview
from studio.lookout import Lookout
from studio.parts import Parts

PATIENCE = 10.0  # Seconds that the services have to answer.


def routes(parts: Parts) -> APIRouter:
    router, lookout = APIRouter(), Lookout(lambda: _look(parts))

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        try:
            services, _ = await asyncio.wait_for(lookout.seen(), PATIENCE)
        except TimeoutError:
            return JSONResponse({"status": "unavailable", "services": {}}, status_code=503)
        well = all(services.values())
        named = {name: "ok" if answers else "does not answer" for name, answers in services.items()}
        return JSONResponse(
            {"status": "ok" if well else "unavailable", "services": named}, status_code=200 if well else 503
        )

    @router.get("/metrics")
    async def metrics() -> Response:
        registry = CollectorRegistry()
        registry.register(Figures(*await lookout.seen()))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _look(parts: Parts) -> tuple[Mapping[str, bool], Overview | None]:
    """Which services answer, and the figures if the database does."""
    try:
        overview = parts.store.statistics.overview()
    except DatabaseGone:
        overview = None
    return {"database": overview is not None, **parts.health()}, overview


class Figures(Collector):
    """Gauges only: rows can be erased and ratings taken back, so nothing here is sure to only grow."""

    def __init__(self, services: Mapping[str, bool], overview: Overview | None) -> None:
        self._services = services
        self._overview = overview

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("rhapsode_service_up", "1 if the service answers.", labels=["service"])
        for name, answers in self._services.items():
            up.add_metric([name], float(answers))
        yield up
        if self._overview is not None:
            yield from _figures(self._overview)


def _figures(overview: Overview) -> Iterable[Metric]:
    yield GaugeMetricFamily("rhapsode_prompts", "Prompts kept.", value=overview.prompts)
    yield GaugeMetricFamily(
        "rhapsode_prompts_waiting", "Prompts that no writer has taken.", value=overview.waiting
    )
    yield GaugeMetricFamily("rhapsode_completions", "Completions kept.", value=overview.completions)
    yield GaugeMetricFamily("rhapsode_readers", "Readers known.", value=overview.readers)
    ratings = GaugeMetricFamily("rhapsode_ratings", "Ratings that stand.", labels=["verdict"])
    ratings.add_metric(["up"], overview.ratings_up)
    ratings.add_metric(["down"], overview.ratings_down)
    yield ratings
    if overview.champion is not None:
        champion = InfoMetricFamily("rhapsode_champion", "The model version that writes.")
        champion.add_metric([], {"version": overview.champion})
        yield champion
