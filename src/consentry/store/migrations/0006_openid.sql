-- OpenID Connect Core §2: what an ID token echoes of its request, and when the person had signed in.

ALTER TABLE codes ADD COLUMN nonce TEXT;

ALTER TABLE codes ADD COLUMN auth_time INTEGER;

ALTER TABLE grants ADD COLUMN auth_time INTEGER;
