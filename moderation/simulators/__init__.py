"""Stand-ins of outside services, as in `accounts.simulators`: programs of their own that import nothing of the house."""
