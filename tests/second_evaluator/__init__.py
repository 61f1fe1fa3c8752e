"""A second Evaluator of declared practices, written from the text of the specification alone."""

from .evaluate import evaluate
from .versions import contains

__all__ = ["contains", "evaluate"]
