"""The command line: everything that an operator does by hand."""
