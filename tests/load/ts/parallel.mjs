// A client of the TypeScript SDK: connects, waits for a line, makes so many calls at once, and tells how they went.
// Arguments: the package, the MCP URL, how many calls. A line of JSON out for each step; a line in lets it go on.
import { createInterface } from "node:readline";

const [flavour, url, count] = process.argv.slice(1);
const CALLBACK = "http://127.0.0.1:6277/oauth/callback";
const { Client, StreamableHTTPClientTransport } =
  flavour === "client"
    ? await import("@modelcontextprotocol/client")
    : {
        ...(await import("@modelcontextprotocol/sdk/client/index.js")),
        ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
      };

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const nextLine = async () => (await lines.next()).value;
const tell = (step) => process.stdout.write(`${JSON.stringify(step)}\n`);

const kept = {};
let authorizations = 0;
let refreshes = 0;
const refreshTokens = new Set();

const provider = {
  redirectUrl: CALLBACK,
  clientMetadata: { client_name: "Parallel", redirect_uris: [CALLBACK], token_endpoint_auth_method: "none" },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => {
    kept.tokens = tokens;
    refreshTokens.add(tokens.refresh_token);
  },
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
  saveDiscoveryState: (state) => void (kept.discovery = state),
  discoveryState: () => kept.discovery,
  redirectToAuthorization: (to) => {
    authorizations += 1;
    tell({ authorize: to.href });
  },
};

// No refresh leaves before all have been asked for. They reach the server together so; and package `sdk` gives up a call
// by itself ("401 after successful authentication") where it reads the 401 only when another call has its new token.
let release;
const allAsked = new Promise((resolve) => (release = resolve));
const fetchTogether = async (input, init) => {
  if (String(init?.body ?? "").includes("grant_type=refresh_token")) {
    refreshes += 1;
    if (refreshes >= Number(count)) release();
    await allAsked;
  }
  return fetch(input, init);
};

const connect = async () => {
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider, fetch: fetchTogether });
  const client = new Client({ name: "parallel", version: "1" });
  try {
    await client.connect(transport);
    return client;
  } catch (error) {
    if (error.name !== "UnauthorizedError" && error.constructor.name !== "UnauthorizedError") throw error;
    const answer = new URL(await nextLine()).searchParams;
    await transport.finishAuth(flavour === "client" ? answer : answer.get("code"));
    return connect();
  }
};

const client = await connect();
const call = () => client.callTool({ name: "list_reminders", arguments: {} });
await call();
tell({ connected: true, authorizations });
await nextLine();

refreshTokens.clear();
const outcomes = await Promise.allSettled(Array.from({ length: Number(count) }, call));
const errors = outcomes.filter(({ status }) => status === "rejected").map(({ reason }) => String(reason));
await call();
tell({ answered: outcomes.length - errors.length, errors, refreshes, refreshTokens: refreshTokens.size, authorizations });
await client.close();
process.exit(0);
