"""Who stands where: tournaments, and what their best places win."""
