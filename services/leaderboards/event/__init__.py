"""When an event is on, under which terms, and that its boards are closed when a window is over."""
