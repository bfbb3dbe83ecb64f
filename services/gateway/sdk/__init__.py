"""The door that game clients come through: events, boards, grants, lobbies, inventory, wallet and catalog."""
