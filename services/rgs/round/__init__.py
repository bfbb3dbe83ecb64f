"""One round at a table: what is staked, what is done, what it comes to, and the money that moves."""
