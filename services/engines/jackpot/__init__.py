"""Who wins the whole pool."""
