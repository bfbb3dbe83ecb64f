"""Where chance decides: boxes, draws and games that reward players."""
