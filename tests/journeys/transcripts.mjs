// A client of the TypeScript SDK that says what it is answered, a line of JSON for each step.
// Arguments: the package, the MCP URL, its bearer token or nothing, and the calls as JSON: [tool, arguments] each.
const [flavour, url, bearer, calls] = process.argv.slice(1);
const { Client, StreamableHTTPClientTransport } =
  flavour === "client"
    ? await import("@modelcontextprotocol/client")
    : {
        ...(await import("@modelcontextprotocol/sdk/client/index.js")),
        ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
      };

const tell = (step) => process.stdout.write(`${JSON.stringify(step)}\n`);
const headers = bearer ? { Authorization: `Bearer ${bearer}` } : {};
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
const options = flavour === "client" ? { versionNegotiation: { mode: "auto" } } : {};
const client = new Client({ name: "transcript", version: "1" }, options);
await client.connect(transport);
tell({ server: client.getServerVersion(), capabilities: client.getServerCapabilities() });
tell(await client.listTools());
for (const [name, args] of JSON.parse(calls)) {
  const progress = [];
  try {
    tell({ result: await client.callTool({ name, arguments: args }, ...(flavour === "client" ? [] : [undefined]), { onprogress: (step) => progress.push(step) }), progress });
  } catch (error) {
    tell({ code: error.code, message: error.message });
  }
}
if (transport.sessionId) await transport.terminateSession();
await client.close();
process.exit(0);
