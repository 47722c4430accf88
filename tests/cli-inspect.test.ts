// arenaria inspect: the server, and what may be had from it.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Heap } from "arenaria";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { projectPath } from "../bench/paths.js";
import { isOwnHost } from "../src/cli/server.js";
import { startArenaria } from "./helpers/cli.js";

const TRACE = projectPath("bench", "traces", "sqlite.atrc.gz");

let folder: string;
let image: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "arenaria-inspect-"));
  image = join(folder, "a heap & more.image");
  writeFileSync(image, (await Heap.create()).snapshot());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

interface Inspector {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
}

/** Starts the server, and waits until it says where. */
async function inspect(...args: string[]): Promise<Inspector> {
  const child = startArenaria(["inspect", "--no-open", "--json", ...args]);
  started.push(child);
  let printed = "";
  for await (const piece of child.stdout) {
    printed += piece;
    if (printed.endsWith("}\n")) return { child, ...JSON.parse(printed) };
  }
  throw new Error(`it ended: ${await text(child.stderr)}`);
}

/** A request that says which host it wants, which fetch does not let one do. */
async function request(port: number, path: string, host: string): Promise<IncomingMessage> {
  const [response] = await once(get({ port, path, host: "127.0.0.1", headers: { host } }), "response");
  return response as IncomingMessage;
}

describe("arenaria inspect", () => {
  test("serves the page with a file, which the page finds by its query", async () => {
    for (const file of [image, TRACE]) {
      const { url, port } = await inspect(file);
      const opened = new URL(url);
      expect(opened.origin).toBe(`http://127.0.0.1:${port}`);
      const name = opened.searchParams.get("open") ?? "";
      const response = await fetch(new URL(name, url));
      expect(response.headers.get("content-type")).toBe("application/octet-stream");
      expect(readFileSync(file).equals(new Uint8Array(await response.arrayBuffer()))).toBe(true);
    }
  });

  test.each([
    ["?demo", ["--demo"]],
    ["", []],
  ])("opens the page with %j for %j", async (query, args) => {
    const { url, port } = await inspect(...args);
    expect(url).toBe(`http://127.0.0.1:${port}/${query}`);
    expect((await fetch(url)).status).toBe(200);
  });

  test("serves each file of the page as what it is, under a policy that lets in nothing else", async () => {
    const { url } = await inspect();
    const page = await fetch(url);
    const html = await page.text();
    expect(html).toBe(readFileSync(projectPath("dist/inspector/page/index.html"), "utf8"));
    const linked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name = ""]) => name);
    expect(linked.filter((name) => !name.startsWith("data:")).sort()).toEqual(["page.css", "page.js"]);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
    const types: Record<string, string> = { "": "text/html", "page.js": "text/javascript", "page.css": "text/css" };
    for (const [name, type] of Object.entries(types)) {
      const response = await fetch(new URL(name, url));
      expect([response.status, response.headers.get("content-type")]).toEqual([200, `${type}; charset=utf-8`]);
      const policy = response.headers.get("content-security-policy");
      expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/);
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  test("has nothing else: no other file, no other method, no other host", async () => {
    const { url, port } = await inspect(image);
    const base = new URL("/", url);
    for (const path of ["package.json", "session/", "session/other.image", "..%2f..%2fpackage.json", "page.js/"]) {
      expect([path, (await fetch(new URL(path, base))).status]).toEqual([path, 404]);
    }
    expect((await fetch(new URL("favicon.ico", base))).status).toBe(204);
    expect((await request(port, "/../../package.json", `127.0.0.1:${port}`)).statusCode).toBe(404);
    expect((await fetch(base, { method: "POST" })).status).toBe(405);
    expect((await fetch(base, { method: "HEAD" })).status).toBe(200);
    expect((await request(port, "/", `localhost:${port}`)).statusCode).toBe(200);
    for (const host of ["example.org", `example.org:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`]) {
      expect([host, (await request(port, "/", host)).statusCode]).toEqual([host, 403]);
    }
  });

  test.each([
    ["127.0.0.1:8080", 8080, true],
    ["LocalHost:8080", 8080, true],
    ["127.0.0.1", 80, true],
    ["localhost:80", 80, true],
    ["127.0.0.1", 8080, false],
    ["example.org", 80, false],
    ["localhost.example.org:8080", 8080, false],
    [undefined, 80, false],
  ])("for the host %s at port %d: %s", (host, port, own) => {
    expect(isOwnHost(host, port)).toBe(own);
  });

  test("listens on this machine only", async () => {
    const { port } = await inspect();
    const others = Object.values(networkInterfaces()).flatMap((all = []) => all.filter(({ internal }) => !internal));
    for (const { address, family } of others.filter(({ family }) => family === "IPv4")) {
      const socket = connect({ port, host: address, timeout: 2000 });
      const outcome = await Promise.race(
        ["connect", "error", "timeout"].map((event) =>
          once(socket, event).then(
            () => event,
            () => "error",
          ),
        ),
      );
      socket.destroy();
      expect([family, address, outcome]).not.toContain("connect");
    }
  });

  test("a file that goes away later is an answer, and the server goes on", async () => {
    const gone = join(folder, "gone.image");
    writeFileSync(gone, readFileSync(image));
    const { url } = await inspect(gone);
    rmSync(gone);
    const response = await fetch(new URL("session/gone.image", url));
    expect([response.status, await response.text()]).toEqual([
      500,
      "cannot be read: there is no such file or directory\n",
    ]);
    expect((await fetch(url)).status).toBe(200);
  });

  test("a port that is taken ends the command with a sentence and status 1", async () => {
    const { port } = await inspect();
    const second = startArenaria(["inspect", "--no-open", "--port", String(port)]);
    started.push(second);
    const complaint = text(second.stderr);
    const [status] = await once(second, "close");
    expect([status, await complaint]).toEqual([
      1,
      `arenaria: port ${port}: cannot listen: the port is taken; choose another with --port\n`,
    ]);
  });

  test("ends at once on an interrupt, also while a browser is connected", async () => {
    const { child, url } = await inspect(image);
    await fetch(url);
    child.kill("SIGINT");
    const [, signal] = await once(child, "close");
    expect(signal).toBe("SIGINT");
  });
});
