// A person's program in TypeScript: signs in, sends a reading, reads the history. Arguments: the gateway, the login, the
// password. It prints one line of JSON. The compiler holds it to the types made from docs/openapi.yaml.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

type Item = components["schemas"]["HistoryItem"];

declare const process: { argv: string[] };

function never(value: never): never {
  throw new Error(String(value));
}

function words(item: Item): string {
  switch (item.kind) {
    case "reading":
      return `reading of ${item.details.serial}`;
    case "bill":
      return `bill ${item.details.number}`;
    case "payment":
      return `payment of ${item.details.total}`;
    default:
      return never(item);
  }
}

async function main(baseUrl: string, login: string, password: string): Promise<void> {
  const api = createClient<paths>({ baseUrl });
  const session = await api.POST("/api/v1/sessions", { body: { login, password } });
  if (session.error !== undefined) throw new Error(session.error.code);
  if (session.data.kind === "challenge") throw new Error(session.data.challenge);
  const headers = { Authorization: `Bearer ${session.data.access_token}` };

  const unknown = await api.POST("/api/v1/meters/{meter}/readings", {
    headers,
    params: { path: { meter: "00000000-0000-4000-8000-000000000000" }, header: { "Idempotency-Key": "12345678" } },
    body: { values: { "1.8.0": "12.5" } },
  });
  const refused = unknown.error === undefined ? "nothing" : unknown.error.code;

  const found: string[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { kinds: ["reading", "bill", "payment"] as const, limit: 2 };
    const page = await api.GET("/api/v1/history", {
      headers,
      params: { query: { ...query, kinds: [...query.kinds], ...(cursor ? { cursor } : {}) } },
    });
    if (page.error !== undefined) throw new Error(page.error.code);
    found.push(...page.data.items.map(words));
    cursor = page.data.next;
  } while (cursor);
  console.log(JSON.stringify({ refused, found }));
}

const [baseUrl, login, password] = process.argv.slice(2);
if (baseUrl === undefined || login === undefined || password === undefined) throw new Error("three arguments, please");
await main(baseUrl, login, password);
