// Opens a page in the browser that people use, where there is one.

import { spawn } from "node:child_process";

/** Tries to; whether it worked, nobody needs to know. */
export function openBrowser(url: string, { platform, env }: Pick<NodeJS.Process, "platform" | "env">): void {
  const command = commandFor(url, platform, env);
  if (command === null) return;
  const [program, ...args] = command;
  const child = spawn(program, args, { detached: true, stdio: "ignore" });
  child.on("error", () => {});
  child.unref();
}

/** Null where a browser would be one in the terminal, if any. */
function commandFor(
  url: string,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): readonly [string, ...string[]] | null {
  if (platform === "darwin") return ["open", url];
  // An empty title, without which the address would be taken for one.
  if (platform === "win32") return ["cmd", "/c", "start", "", url];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ["xdg-open", url] : null;
}
