"""Let tools of the Model Context Protocol answer JSON.

Gradio tells an assistant ``str()`` of an answer, which of an object is Python's way to write it, and of several answers
one text with all of them. Its ``structured_output`` wraps the same text. What stands here goes when gradio answers JSON
itself: ``tests/spaces/test_tools.py`` reads answers as JSON.
"""

from __future__ import annotations

import json
from typing import Any


def answer_json() -> None:
    """Let every answer of a tool that is no text and no file be JSON from now on, each answer by itself."""
    from gradio.mcp import GradioMCPServer
    from gradio_client.utils import is_file_obj_with_meta

    given = GradioMCPServer.postprocess_output_data
    if getattr(given, "answers_json", False):
        return

    def answered(self: GradioMCPServer, data: Any, root_url: str) -> list[Any]:
        answers = [one for answer in data for one in (answer if isinstance(answer, tuple) else (answer,))]
        kept = [isinstance(one, str) or is_file_obj_with_meta(one) for one in answers]
        told = [one if keep else json.dumps(one, ensure_ascii=False) for one, keep in zip(answers, kept, strict=True)]
        return given(self, told, root_url)

    answered.answers_json = True  # type: ignore[attr-defined]
    GradioMCPServer.postprocess_output_data = answered  # type: ignore[method-assign]
