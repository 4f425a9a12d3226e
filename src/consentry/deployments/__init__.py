"""What is protected: deployments, their scopes and who may come in. Knows nothing of clients and grants."""
