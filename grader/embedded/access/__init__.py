"""Who may do what: authentication of requests (tokens, certificates) and role-based access control."""
