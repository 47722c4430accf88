// A web site with the inspector as the package has it: the page of its own, and a page of somebody else's with inspectors on it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Site } from "./site.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NONCE = "arenaria";
/** No inline script and no inline style, of the page or of anything in it. */
const POLICY = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'nonce-${NONCE}'; style-src 'self'; connect-src 'self'`;
const LOADER = "/node_modules/@assemblyscript/loader/";
const FOLDERS: readonly (readonly [url: string, folder: string])[] = [
  ["/page/", "dist/inspector/page/"],
  ["/traces/", "bench/traces/"],
  ["/dist/", "dist/"],
  [LOADER, LOADER.slice(1)],
];
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  css: "text/css",
};

const IMPORTS = {
  arenaria: "/dist/src/index.js",
  "arenaria/inspector": "/dist/inspector/index.js",
  "@assemblyscript/loader": `${LOADER}index.js`,
};

/** Somebody's page: two heaps, an inspector for each, which have to share the library with the page. */
const HOST = `<!doctype html><html lang="en"><meta charset="utf-8"><title>a page with inspectors</title>
<link rel="stylesheet" href="/host.css">
<script type="importmap" nonce="${NONCE}">${JSON.stringify({ imports: IMPORTS })}</script>
<script type="module" src="/host.js"></script>
<main><div id="first"></div><div id="second"></div></main></html>`;

const SCRIPT = `import { Heap } from "arenaria";
import { mountInspector } from "arenaria/inspector";
const heap = await Heap.create();
const Node = heap.struct("Node", { next: "ref", value: "f64" });
heap.globals.set("cache", { key: ["an item", 1, 2.5] });
globalThis.arenaria_heaps = { cache: heap, nothing: 1 };
const first = mountInspector(document.querySelector("#first"), { heap, name: "shop", theme: "light" });
const second = mountInspector(document.querySelector("#second"), { theme: "dark" });
globalThis.host = { Heap, heap, Node, first, second, mountInspector };
`;

const STYLE = `html, body { margin: 0 } #first, #second { height: 700px } * { letter-spacing: 3px; color: red }`;

export async function serveInspector(): Promise<Site> {
  const own = new Map([
    ["/host.html", HOST],
    ["/host.js", SCRIPT],
    ["/host.css", STYLE],
  ]);
  async function bodyOf(path: string): Promise<string | Buffer | undefined> {
    const folder = FOLDERS.find(([url]) => path.startsWith(url));
    if (folder === undefined) return own.get(path);
    const name = path === "/page/" ? "index.html" : path.slice(folder[0].length);
    return readFile(ROOT + folder[1] + name).catch(() => undefined);
  }
  const server = createServer(async ({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const body = await bodyOf(pathname);
    const ending = pathname.endsWith("/") ? "html" : (pathname.split(".").at(-1) ?? "");
    response
      .writeHead(body === undefined ? 404 : 200, {
        "content-type": TYPES[ending] ?? "application/octet-stream",
        "content-security-policy": POLICY,
      })
      .end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
}
