"""What in the configurations has code loaded, and which versions of transformers let it.

What is known of the versions, and from where:

- CVE-2026-4372 (GHSA-29pf-2h5f-8g72): transformers 4.56.0 to 5.2 takes `_attn_implementation_internal` from config.json
  and, where `kernels` is installed, runs the named kernel of the Hub, whatever `trust_remote_code` says. Since 5.3.0
  the key is not read.
- CVE-2026-5241: before 5.5.0 transformers lets `trust_remote_code` of a LightGlue model's config.json count for the
  model inside of it (reported of 5.2.0, and still so in the source of 5.3.0). Mended by huggingface/transformers#45122.
- Since 5.3.0 kernels of other owners than `kernels-community` need `allow_all_kernels=True` (its source, and the guide
  "Loading kernels"); 5.2.0 asks nothing.

Chat templates are data: transformers renders them in Jinja's sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from hubpress.audit.audited import Audited, Found
from hubpress.hub.loose_values import as_mapping, is_text, one_or_more
from hubpress.layout import CONFIG
from hubpress.schemas.model_config import INTERNAL_KERNEL_KEYS, KERNEL_KEYS
from hubpress.text import listed, quoted

_TRUSTED_KERNELS = "kernels-community/"
_TRUST = "trust_remote_code"
_GENERATE = "custom_generate/generate.py"
_ONLY_WHERE = "transformers runs it only where `trust_remote_code=True` is given: read it first, and pin `revision`."


def named_code(audited: Audited) -> Iterator[Found]:
    """No configuration names code: neither `auto_map` nor `custom_pipelines`, nor a generation loop of its own."""
    for name, value in _configurations(audited):
        references = [ref for given in as_mapping(value.get("auto_map")).values() for ref in one_or_more(given)]
        elsewhere = sorted({ref.partition("--")[0] for ref in references if is_text(ref) and "--" in ref})
        here = sorted({f"{ref.partition('.')[0]}.py" for ref in references if is_text(ref) and "--" not in ref})
        if elsewhere:
            text = (
                f"`auto_map` names code of {listed(elsewhere)}, which its owner can change at any time. {_ONLY_WHERE}"
            )
            yield Found("warning", name, text)
        if here:
            yield Found("note", name, f"`auto_map` names code of this repository ({listed(here)}). {_ONLY_WHERE}")
    tasks = as_mapping(audited.staged.config.get("custom_pipelines"))
    if tasks:
        names = [quoted(task) for task in tasks]
        text = f"`custom_pipelines` names code for {listed(names)}. {_ONLY_WHERE}"
        yield Found("note", CONFIG, text)
    if _GENERATE in audited.staged.files:
        yield Found("note", _GENERATE, f"It is a generation loop of the model's own. {_ONLY_WHERE}")


def kernels(audited: Audited) -> Iterator[Found]:
    """No configuration names a kernel of the Hub, which is compiled code, or carries the key that older ones obey."""
    for name, document in _configurations(audited):
        for place, key, value in _keys(document):
            for given in as_mapping(value).values() if isinstance(value, dict) else one_or_more(value):
                yield from _kernel(name, place, key, given)


def _kernel(name: str, place: str, key: str, given: Any) -> Iterator[Found]:
    is_kernel = isinstance(given, str) and "/" in given
    if key in INTERNAL_KERNEL_KEYS and is_kernel:
        text = (
            f"`{place}` names the kernel {quoted(given)}: transformers 4.56.0 to 5.2, where `kernels` is installed, "
            "fetches and runs it even with `trust_remote_code=False` (CVE-2026-4372). Load it with 5.3.0 or newer only."
        )
        yield Found("error", name, text)
    elif key in INTERNAL_KERNEL_KEYS:
        text = f"`{place}` is an internal value, which transformers no longer reads since 5.3.0. Take it out."
        yield Found("note", name, text)
    elif key in KERNEL_KEYS and is_kernel and not given.startswith(_TRUSTED_KERNELS):
        text = (
            f"`{place}` names the kernel {quoted(given)}, code that is not from {_TRUSTED_KERNELS[:-1]}. Load it with "
            "transformers 5.3.0 or newer, and without `allow_all_kernels`; or give `attn_implementation` yourself."
        )
        yield Found("error", name, text)
    elif key in KERNEL_KEYS and is_kernel:
        text = f"`{place}` names the kernel {quoted(given)}: whoever has `kernels` installed runs that code."
        yield Found("note", name, text)


def trust(audited: Audited) -> Iterator[Found]:
    """No configuration says for its user that remote code may be trusted."""
    for name, document in _configurations(audited):
        for place, key, value in _keys(document):
            if key != _TRUST or value in (False, None):
                continue
            if audited.staged.config.get("model_type") == "lightglue":
                text = (
                    f"`{place}` is {quoted(value)}: before transformers 5.5.0 it counts for the model inside, whatever "
                    "its user says (CVE-2026-5241). Load it with 5.5.0 or newer only."
                )
                yield Found("error", name, text)
            else:
                text = f"`{place}` is {quoted(value)}, which is its user's to say. Take it out."
                yield Found("warning", name, text)


def _configurations(audited: Audited) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, document in audited.staged.documents.items():
        if PurePosixPath(name).name.endswith("config.json") and isinstance(document.value, dict):
            yield name, document.value


def _keys(value: Any, place: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield each key below a value with its place, however deep it stands."""
    waiting = [(place, value)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(f"{place}[{number}]", item) for number, item in enumerate(value)]
        elif isinstance(value, dict):
            for key, item in value.items():
                inner = f"{place}.{key}" if place else key
                yield inner, key, item
                waiting.append((inner, item))
