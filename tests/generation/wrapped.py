"""Models that are run by way of something else."""

from typing import Any


class Wrapped:
    """Says of itself what the real model is. How it is run is up to the class."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.device, self.dtype, self.config = model.device, model.dtype, model.config
        self.modules = model.modules
