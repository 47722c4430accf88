// The web server of `arenaria inspect`: the inspector's page, and the one file that it shows; for this machine only.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { pipeline } from "node:stream";
import { fileURLToPath } from "node:url";
import { Problem, reasonOf } from "./problem.js";

const HOST = "127.0.0.1";
const HTTP_PORT = 80;
/** What browsers ask for by themselves. There is none, which is no fault. */
const ICON = "/favicon.ico";
/** The bundle lies in dist/cli. */
const PAGE = new URL("../inspector/page/", import.meta.url);

/** A file that may be had, and as what. */
interface Served {
  readonly file: string;
  readonly type: string;
}

const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

const page = (name: string, type: string): Served => ({
  file: fileURLToPath(new URL(name, PAGE)),
  type: `${type}; charset=utf-8`,
});
/** The files of the page, by what the browser asks for. */
const PAGES: readonly (readonly [string, Served])[] = [
  ["/", page("index.html", "text/html")],
  ["/index.html", page("index.html", "text/html")],
  ["/page.js", page("page.js", "text/javascript")],
  ["/page.css", page("page.css", "text/css")],
];

/** A server that listens. */
export interface Running {
  readonly port: number;
  /** Of the page, with the file open in it. */
  readonly url: string;
}

/**
 * Serves the page with a file, or `null` for the demonstration, or `undefined` for nothing to begin with. Port 0 is any that is free.
 *
 * @throws Problem for a port that is taken
 */
export async function serve(file: string | null | undefined, port: number): Promise<Running> {
  const session = typeof file === "string" ? `session/${encodeURIComponent(basename(file))}` : null;
  const files = new Map(PAGES);
  if (typeof file === "string") files.set(`/${session}`, { file, type: "application/octet-stream" });
  const server = createServer((request, response) => void answer(files, server, request, response));
  await listen(server, port);
  const { port: actual } = server.address() as AddressInfo;
  const query = session !== null ? `?open=${encodeURIComponent(session)}` : file === null ? "?demo" : "";
  return { port: actual, url: `http://${HOST}:${actual}/${query}` };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new Problem(`port ${port}: cannot listen: ${reasonOf(cause)}`, undefined, { cause }));
    });
    server.listen(port, HOST, resolve);
  });
}

/** Whether a request means this server: browsers leave out the port if it is the one of all web servers. */
export function isOwnHost(host: string | undefined, port: number): boolean {
  const wanted = host?.toLowerCase();
  return [HOST, "localhost"].some((name) => wanted === `${name}:${port}` || (port === HTTP_PORT && wanted === name));
}

async function answer(
  files: ReadonlyMap<string, Served>,
  server: Server,
  { method, url = "", headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, text: string) => {
    response.writeHead(status, { ...HEADERS, "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
  };
  const { port } = server.address() as AddressInfo;
  // A page of another site that has its name lead here must not read the file.
  if (!isOwnHost(headers.host, port)) return refuse(403, "another host");
  if (method !== "GET" && method !== "HEAD") return refuse(405, "only GET and HEAD");
  const path = url.replace(/\?.*$/s, "");
  if (path === ICON) {
    response.writeHead(204, HEADERS).end();
    return;
  }
  const served = files.get(path);
  if (served === undefined) return refuse(404, "there is no such file here");
  try {
    const { size } = await stat(served.file);
    response.writeHead(200, { ...HEADERS, "content-type": served.type, "content-length": size });
    if (method === "HEAD") response.end();
    else pipeline(createReadStream(served.file), response, () => {});
  } catch (cause) {
    refuse(500, `cannot be read: ${reasonOf(cause)}`);
  }
}
