"""What every service stands on: the messages, the shapes, the worker, the log, the bus and chance."""
