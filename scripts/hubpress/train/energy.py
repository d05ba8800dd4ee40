"""Energy and emissions of a training, measured by codecarbon while it runs, without asking the network."""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec
from typing import Any

from hubpress.errors import HubpressError
from hubpress.hub.notices import tell
from hubpress.recipe.carbon import Carbon
from hubpress.schemas.training import EnergyFacts
from hubpress.text import suggestion

_WHERE = "training.carbon"


def refuse_unmeasurable(carbon: Carbon | None) -> None:
    """Raise HubpressError where codecarbon is asked for and not installed, or does not know the country."""
    if carbon is None:
        return
    if find_spec("codecarbon") is None:
        what = "measuring emissions needs the package codecarbon, which is not installed."
        hint = "Install it: pip install 'hubpress[carbon]'; or take training.carbon out."
        raise HubpressError(what, where=_WHERE, hint=hint)
    from codecarbon.input import DataSource

    known = DataSource().get_global_energy_mix_data()
    if carbon.country_iso_code not in known:
        near = suggestion(carbon.country_iso_code, sorted(known))
        what = f"codecarbon knows no country {carbon.country_iso_code!r}.{near}"
        raise HubpressError(what, where=f"{_WHERE}.country_iso_code", hint="Write its three letters of ISO 3166.")


class EnergyMeter:
    """codecarbon's tracker over one training."""

    def __init__(self, carbon: Carbon, *, processes: int) -> None:
        """Start measuring. Raises HubpressError where that cannot be, as on several machines at once."""
        refuse_unmeasurable(carbon)
        if processes > int(os.environ.get("LOCAL_WORLD_SIZE", processes)):
            what = "energy can be measured on one machine alone, and this training runs on several."
            raise HubpressError(what, where=_WHERE, hint="Take training.carbon out, or train on one.")
        from codecarbon import OfflineEmissionsTracker

        logging.getLogger("codecarbon").setLevel(logging.ERROR)  # which its import has set otherwise
        # Said outright, so that no file .codecarbon.config and no variable sends or writes anything.
        self._tracker: Any = OfflineEmissionsTracker(
            country_iso_code=carbon.country_iso_code,
            region=carbon.region,
            tracking_mode="machine" if processes > 1 else "process",
            allow_multiple_runs=True,
            output_methods=[],
            electricitymaps_api_token=None,
            cloud_provider=None,
            cloud_region=None,
            log_level="error",
        )
        self._tracker.start()
        if self._tracker.flush() is None:  # it swallows what goes wrong
            what = "codecarbon cannot measure on this machine; `codecarbon detect` shows what it finds."
            raise HubpressError(what, where=_WHERE, hint="Take training.carbon out.")

    def stop(self, *, is_whole: bool) -> EnergyFacts | None:
        """Return what was measured; None, with a line on stderr, where codecarbon has measured nothing.

        By then the training is done, and is not thrown away for that.
        """
        self._tracker.stop()
        found = getattr(self._tracker, "final_emissions_data", None)
        if found is None or not found.energy_consumed > 0:
            tell("codecarbon has measured no energy: the card says nothing of it.")
            return None
        return EnergyFacts(
            codecarbon_version=found.codecarbon_version,
            country_name=found.country_name,
            country_iso_code=found.country_iso_code,
            region=found.region or None,
            energy_consumed=round(found.energy_consumed, 9),
            emissions=round(1000 * found.emissions, 6),
            cpu_model=found.cpu_model or "unknown",
            gpu_model=found.gpu_model or None,
            ram_total_size=round(found.ram_total_size, 1),
            tracking_mode=found.tracking_mode,
            is_whole=is_whole,
        )
