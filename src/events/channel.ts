// Node's diagnostics channels, found without an import: elsewhere there are none.

/** What is needed of a channel of node:diagnostics_channel. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** One for each kind of event. */
export interface Channels {
  readonly collection: Channel;
  readonly growth: Channel;
}

interface DiagnosticsChannel {
  channel(name: string): Channel;
}

interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
}

/** Undefined until somebody has looked. */
let found: Channels | null | undefined;

/**
 * The channels "arenaria:collection" and "arenaria:growth" of this realm; null where there are none: outside of Node, and in Node before
 * 20.16 and 22.3, which have no `process.getBuiltinModule`.
 */
export function channels(): Channels | null {
  if (found === undefined) found = findChannels();
  return found;
}

function findChannels(): Channels | null {
  const { process } = globalThis as { readonly process?: NodeProcess };
  const module = process?.getBuiltinModule?.("node:diagnostics_channel") as DiagnosticsChannel | undefined;
  if (module === undefined) return null;
  return { collection: module.channel("arenaria:collection"), growth: module.channel("arenaria:growth") };
}
