"""From inventories and snapshots to the record of what is known."""
