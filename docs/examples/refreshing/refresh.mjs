// Calls an MCP server with stored tokens, and keeps them fresh: node refresh.mjs tokens.json
//
// tokens.json holds mcp_url, token_endpoint, client_id, access_token, expires_at (epoch seconds) and refresh_token.

import { open, readFile, rename } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const EARLY_SECONDS = 60;
const WAITS_SECONDS = [0, 1, 4];
const CALL = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "refresh.mjs", version: "1" },
  },
};
const now = () => Math.floor(Date.now() / 1000);

// All or nothing, readable by nobody else: whoever has the refresh token has the access.
async function store(file, tokens) {
  const out = await open(`${file}.new`, "w", 0o600);
  await out.writeFile(JSON.stringify(tokens));
  await out.sync();
  await out.close();
  await rename(`${file}.new`, file);
}

// New tokens, stored before they are used. An answer that is lost is asked for again, with the same token.
async function refresh(file, tokens) {
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: tokens.refresh_token,
    client_id: tokens.client_id,
    resource: tokens.mcp_url,
  });
  for (const wait of WAITS_SECONDS) {
    await sleep(wait * 1000);
    let answer, said;
    try {
      answer = await fetch(tokens.token_endpoint, { method: "POST", body });
      said = await answer.json();
    } catch {
      continue; // no answer; it may have come through, and asking again is safe
    }
    if (answer.ok) {
      const fresh = {
        ...tokens,
        access_token: said.access_token,
        expires_at: now() + (said.expires_in ?? 3600),
        refresh_token: said.refresh_token ?? tokens.refresh_token,
      };
      await store(file, fresh);
      return fresh;
    }
    if (answer.status < 500 && answer.status !== 429) {
      throw new Error(`Connect again: ${said.error_description}`);
    }
  }
  throw new Error("The server does not answer: try again later. The tokens are still good.");
}

async function call(tokens) {
  const headers = {
    Authorization: `Bearer ${tokens.access_token}`,
    "Content-Type": "application/json",
    Accept: "application/json, text/event-stream",
  };
  return (await fetch(tokens.mcp_url, { method: "POST", headers, body: JSON.stringify(CALL) })).status;
}

const file = process.argv[2];
try {
  if (!file) throw new Error("Name the file that holds the tokens: refresh.mjs tokens.json");
  let tokens = JSON.parse(await readFile(file, "utf8"));
  if (tokens.expires_at - EARLY_SECONDS < now()) tokens = await refresh(file, tokens);
  let status = await call(tokens);
  if (status === 401) {
    // ended or expired sooner than thought: one refresh, one more try
    tokens = await refresh(file, tokens);
    status = await call(tokens);
  }
  console.log(`HTTP ${status}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
