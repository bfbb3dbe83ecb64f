"""What entering an event takes."""
