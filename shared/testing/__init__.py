"""What tests stand on: settable time and chance, and the grammar that rules are told in."""
