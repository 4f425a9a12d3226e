-- The clients of one deployment, and those that wait for an operator, are found without a look at all that ever came.
CREATE INDEX clients_by_deployment ON clients (deployment_id) WHERE deployment_id IS NOT NULL;

CREATE INDEX clients_waiting ON clients (created_at) WHERE pending = 1;
