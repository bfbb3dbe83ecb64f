"""The engagement door, `/v1`: boxes, draws and games that reward players, for operators' own programs."""
