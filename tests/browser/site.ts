// A small web site on 127.0.0.1: pages under a policy that allows WebAssembly but neither eval nor inline scripts, some
// of them cross-origin isolated.
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NONCE = "arenaria";
const POLICY = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'nonce-${NONCE}'; worker-src 'self'`;
const LOADER = "/node_modules/@assemblyscript/loader/";
const IMPORTS = { arenaria: "/dist/src/index.js", "@assemblyscript/loader": `${LOADER}index.js` };

const page = (script: string, head = "") =>
  `<!doctype html><meta charset="utf-8">${head}<script type="module" src="${script}"></script>`;

/** Pages, and scripts that are not served from the repository as they are. */
async function contents(): Promise<Map<string, string>> {
  const map = `<script type="importmap" nonce="${NONCE}">${JSON.stringify({ imports: IMPORTS })}</script>`;
  const files = new Map([
    ["/import-map.html", page("/plain/page.js", map)],
    ["/bundle.html", page("/bundle/page.js")],
    ["/worker.html", page("/bundle/starter.js")],
    ["/isolated.html", page("/bundle/threads.js")],
    ["/isolated-import-map.html", page("/plain/threads.js", map)],
    ["/not-isolated.html", page("/bundle/threads.js")],
  ]);
  // Without tsconfig.json, whose paths would lead from "arenaria" to src/ instead of the package's own exports.
  const scripts = { absWorkingDir: HERE, format: "esm", target: "es2022", tsconfigRaw: "{}", write: false } as const;
  const bundled = await build({
    ...scripts,
    entryPoints: ["page.ts", "starter.ts", "worker.ts", "threads.ts", "attacher.ts"],
    bundle: true,
    minify: true,
    outdir: "/bundle",
  });
  // Types stripped and nothing else: what the browser fetches is what the package ships.
  const plain = await build({ ...scripts, entryPoints: ["page.ts", "program.ts", "threads.ts"], outdir: "/plain" });
  for (const { path, text } of [...bundled.outputFiles, ...plain.outputFiles]) files.set(path, text);
  return files;
}

export interface Site {
  /** http://127.0.0.1:port */
  origin: string;
  close(): Promise<void>;
}

/** What the server says of a file. Only a page with the first of the two has shared memory; its workers' scripts need the second. */
function headersOf(url: string): Record<string, string> {
  const isIsolated = url.startsWith("/isolated");
  return {
    "content-type": url.endsWith(".js") ? "text/javascript" : "text/html",
    "content-security-policy": POLICY,
    ...(isIsolated && { "cross-origin-opener-policy": "same-origin" }),
    ...((isIsolated || url.endsWith(".js")) && { "cross-origin-embedder-policy": "require-corp" }),
  };
}

export async function serve(): Promise<Site> {
  const files = await contents();
  const server: Server = createServer(async ({ url = "/" }, response) => {
    const shipped = url.startsWith("/dist/") || url.startsWith(LOADER);
    const body = files.get(url) ?? (shipped ? await readFile(ROOT + url, "utf8").catch(() => undefined) : undefined);
    response.writeHead(body === undefined ? 404 : 200, headersOf(url)).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
}
