"""What players were given, and whether it has reached them."""
