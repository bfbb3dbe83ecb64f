"""How often somebody may knock: one port, kept in Redis for all gateways or in memory for one."""
