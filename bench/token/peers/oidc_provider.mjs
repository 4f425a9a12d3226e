// A peer: oidc-provider with its in-memory adapter, and refresh tokens that wait. Arguments: how many chains; openid, or nothing.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const CLIENT_ID = "bench";
// Without openid there is no ID token to be signed: opaque tokens bound to a resource, rotated at each use, as ours are.
const OIDC_SCOPE = process.argv[3] === "openid" ? "openid offline_access" : "offline_access";
const chains = Number(process.argv[2]);

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;
const resource = `${issuer}/mcp`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: CLIENT_ID,
    redirect_uris: ["https://client.example/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  }],
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: "mcp", accessTokenFormat: "opaque", accessTokenTTL: 3600 }),
    },
  },
});

async function connect(number) {
  const accountId = `account_${number}`;
  const grant = new provider.Grant({ accountId, clientId: CLIENT_ID });
  grant.addOIDCScope(OIDC_SCOPE);
  grant.addResourceScope(resource, "mcp");
  const grantId = await grant.save();
  const client = await provider.Client.find(CLIENT_ID);
  const token = new provider.RefreshToken({
    accountId, client, grantId, resource, scope: `mcp ${OIDC_SCOPE}`, gty: "authorization_code",
    expiresWithSession: false,
  });
  return token.save();
}

const tokens = [];
for (let number = 0; number < chains; number += 1) tokens.push(await connect(number));
server.on("request", provider.callback());
console.log(JSON.stringify({ port, path: "/token", client_id: CLIENT_ID, resource, chains: tokens }));
