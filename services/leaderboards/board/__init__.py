"""Who stands where on a board, and what that wins once its window is over."""
