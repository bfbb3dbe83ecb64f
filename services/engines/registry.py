"""All the engines there are."""

from __future__ import annotations

from services.engines.lootbox import decider as lootbox
from services.engines.lootbox import view as lootbox_view
from shared.shapes import Service

service = Service(name="engines", deciders=(lootbox.decider,), views=(lootbox_view.view,))
