"""What can be held: whatever is defined as an asset, or as an item."""

from __future__ import annotations

from shared.ids import AssetId
from shared.messages.item import ItemSpec
from shared.messages.wallet import AssetSpec
from shared.shapes import Definitions


def is_known(asset: AssetId, definitions: Definitions) -> bool:
    """Whether the tenant has such an asset or item."""
    return definitions.current(AssetSpec, asset) is not None or definitions.current(ItemSpec, asset) is not None
