"""Who may sit at a table, with which token, and until when."""
