"""The door that games' own servers come through: they give and take, ban and erase, and bring their data along."""
