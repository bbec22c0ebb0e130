"""What Flower reads of the queues (CELERY_CONFIG_MODULE): it cannot ask workers, which take no commands."""

from kombu import Queue

from worker.queues import TRAIN, WRITE

task_queues = (Queue(WRITE), Queue(TRAIN))
task_default_queue = WRITE
