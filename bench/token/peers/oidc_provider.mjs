// A peer: oidc-provider with its in-memory adapter, made ready for a deed. Arguments: deed, tokens; openid, or nothing.
import { createHash, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";
import MemoryAdapter, { setStorage } from "oidc-provider/lib/adapters/memory_adapter.js";

const [deed, count] = [process.argv[2], Number(process.argv[3])];
// Without openid there is no ID token to be signed: tokens bound to a resource, rotated at each use, as ours are.
const OIDC_SCOPE = process.argv[4] === "openid" ? "openid offline_access" : "offline_access";
const CLIENT_ID = "bench";
const REDIRECT_URI = "https://client.example/callback";
const VERIFIER = "v".repeat(43);
const SERVER = { id: "server", secret: "s".repeat(43) };

const listening = createServer();
await new Promise((ready) => listening.listen(0, "127.0.0.1", ready));
const { port } = listening.address();
const issuer = `http://127.0.0.1:${port}`;
const resource = `${issuer}/mcp`;

// Its storage forgets all but 1,000 things; so many codes need one that does not.
if (deed === "code exchange") setStorage(new Map());

const jwt = deed === "jwt refresh";
const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

const provider = new Provider(issuer, {
  adapter: deed === "code exchange" ? class extends MemoryAdapter {} : undefined,
  clients: [{
    client_id: CLIENT_ID,
    redirect_uris: [REDIRECT_URI],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  }, {
    client_id: SERVER.id,
    client_secret: SERVER.secret,
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    token_endpoint_auth_method: "client_secret_basic",
  }],
  ...(jwt ? { jwks: { keys: [{ ...key, alg: "ES256", use: "sig", kid: "bench" }] } } : {}),
  ...(jwt ? { clientDefaults: { id_token_signed_response_alg: "ES256" } } : {}),
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: "mcp", accessTokenTTL: 3600,
        ...(jwt ? { accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } } : { accessTokenFormat: "opaque" }),
      }),
    },
  },
});

// One grant, and of it what the deed presents.
async function token(number) {
  const accountId = `account_${number}`;
  const grant = new provider.Grant({ accountId, clientId: CLIENT_ID });
  grant.addOIDCScope(OIDC_SCOPE);
  grant.addResourceScope(resource, "mcp");
  const grantId = await grant.save();
  const client = await provider.Client.find(CLIENT_ID);
  const held = { accountId, client, grantId, gty: "authorization_code", expiresWithSession: false };
  if (deed === "introspection") {
    const access = new provider.AccessToken({ ...held, scope: "mcp" });
    access.resourceServer = new provider.ResourceServer(resource, { scope: "mcp", accessTokenFormat: "opaque", accessTokenTTL: 3600 });
    return access.save();
  }
  if (deed === "code exchange") {
    return new provider.AuthorizationCode({
      ...held, resource, scope: `mcp ${OIDC_SCOPE}`, redirectUri: REDIRECT_URI, codeChallengeMethod: "S256",
      codeChallenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    }).save();
  }
  return new provider.RefreshToken({ ...held, resource, scope: `mcp ${OIDC_SCOPE}` }).save();
}

const form = { client_id: CLIENT_ID, resource };
const basic = `Basic ${Buffer.from(`${SERVER.id}:${SERVER.secret}`).toString("base64")}`;
const refreshing = {
  path: "/token", form: { ...form, grant_type: "refresh_token", refresh_token: "*" }, then: "successor",
};
const asked = {
  "refresh": refreshing,
  "jwt refresh": refreshing,
  "code exchange": {
    path: "/token", then: "used up",
    form: { ...form, grant_type: "authorization_code", code: "*", code_verifier: VERIFIER, redirect_uri: REDIRECT_URI },
  },
  "introspection": { path: "/token/introspection", form: { token: "*" }, headers: { Authorization: basic } },
  "metadata": { path: "/.well-known/openid-configuration", method: "GET" },
}[deed];

const tokens = [];
for (let number = 0; number < count; number += 1) tokens.push(deed === "metadata" ? "" : await token(number));
listening.on("request", provider.callback());
console.log(JSON.stringify({ port, asking: { ...asked, tokens } }));
