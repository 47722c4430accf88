import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Environment } from "../environment.js";
import type { Judged } from "../objects/limit.js";
import { projectPath } from "../paths.js";
import type { BytesRow, CollectionRow, PauseRow, YoungRow } from "../suites/collections.js";
import type { ImageRow } from "../suites/images.js";
import type { SizeRow } from "../suites/sizes.js";
import type { SnapshotRow } from "../suites/snapshots.js";
import type { AloneRow, TogetherRow, WaitRow } from "../suites/threads.js";
import type { TraceRow, TracingRow } from "../suites/tracing.js";
import type { ValueRow } from "../suites/values.js";
import type { WeakRow } from "../suites/weak.js";
import { decimal, integer } from "./format.js";
import { imageTable } from "./images.js";
import { blocksTable, bytesTable } from "./sizes.js";
import { snapshotTable } from "./snapshots.js";
import { aloneTable, togetherTable, waitTable } from "./threads.js";
import { bulkTable, tracingTable } from "./tracing.js";
import { weakTable } from "./weak.js";

// The figures in bench/README.md are written here, out of bench/results/*.json; nobody types one.

const BEGIN = "<!-- figures: written by npm run bench -->";
const END = "<!-- end of figures -->";
const README = projectPath("bench", "README.md");

interface File<Row> {
  readonly command: string;
  readonly environment: Environment;
  /** Version of python3; null if the machine has none. */
  readonly python?: string | null;
  /** Values measured, of which the rows are some. */
  readonly measured?: number;
  readonly rows: readonly Row[];
}

interface TimeRow {
  readonly case: string;
  readonly allocator: string;
  readonly nanoseconds: number;
  readonly overBase: number | null;
  readonly operations?: number;
  readonly footprint?: number | null;
  readonly overLive?: number | null;
  readonly failures?: number;
}

interface WayRow {
  readonly case: string;
  readonly by: string;
  readonly nanoseconds: number;
}

/** Puts the figures of bench/results/ into bench/README.md. */
export function updateReadme(): void {
  writeFileSync(README, withFigures(readFileSync(README, "utf8")));
}

/** `readme` with the figures of bench/results/ between its marks. */
export function withFigures(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`bench/README.md has no lines ${BEGIN} and ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${figures()}\n\n${readme.slice(end)}`;
}

function read<Row>(name: string): File<Row> | null {
  const path = projectPath("bench", "results", `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as File<Row>) : null;
}

function figures(): string {
  const sections = [
    timeSection("traces", "Recorded traces, ns an operation and, in brackets, of TLSF's time", "trace"),
    memorySection(),
    timeSection("pairs", "malloc and free of one block, ns a pair", "size"),
    timeSection("replacement", "Random replacement, ns for a free and a malloc", "live blocks and sizes"),
    timeSection("growth", "Growth by realloc, ns a call", "growth"),
    timeSection("javascript", "Called from JavaScript, ns", "calls"),
    checksSection(),
    sizeSection(),
    waySection("objects", "Records that come and go, ns an operation", "operation"),
    collectionSection(),
    youngSection(),
    pauseSection(),
    bytesSection(),
    waySection("fields", "Fields from JavaScript, ns an access", "access"),
    valueSection("values", "Containers from JavaScript, ns an operation", "operation", "Array, Map, Set", 1),
    valueSection("documents", "JSON documents, ms", "document", "JSON.parse, structuredClone", 1e6),
    valueSection("texts", "Strings into the heap and out, ns", "string", "TextEncoder, TextDecoder", 1),
    weakSection(),
    valueSection("references", "Weak references and finalizers from JavaScript, ns", "operation", "WeakRef", 1),
    ...valueBytesSections(),
    imageSection(),
    snapshotSection(),
    ...tracingSections(),
    ...threadSections(),
  ].flatMap((section) => section ?? []);
  const places = [...new Set(sections.map(({ file }) => measuredOn(file)))];
  // Said once if all of it was measured in one run, and in each section otherwise.
  const parts = sections.map(({ title, file, body }) =>
    [`### ${title}`, ...(places.length > 1 ? [measuredOn(file)] : []), body].join("\n\n"),
  );
  return [...(places.length === 1 ? places : []), ...parts].join("\n\n");
}

interface Section {
  readonly title: string;
  readonly file: File<unknown>;
  readonly body: string;
}

function measuredOn({ environment, command }: File<unknown>): string {
  const { date, commit, machine, node, v8, packages } = environment;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return `Measured with \`${command}\` on ${date}, commit ${commit}. Machine: ${machine}. Node ${node.slice(1)} (V8 ${v8}), ${versions.join(", ")}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = `|---|${"--:|".repeat(head.length - 1)}`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** A row for each case, a column for each of those compared. */
function pivot<Row extends { case: string }>(
  rows: readonly Row[],
  corner: string,
  columnOf: (row: Row) => string,
  cell: (row: Row) => string,
): string {
  const unique = (values: readonly string[]) => [...new Set(values)];
  const columns = unique(rows.map(columnOf));
  const cases = unique(rows.map((row) => row.case));
  return table(
    [corner, ...columns],
    cases.map((name) => [
      name,
      ...columns.map((column) => {
        const row = rows.find((other) => other.case === name && columnOf(other) === column);
        return row === undefined ? "" : cell(row);
      }),
    ]),
  );
}

function allocatorOf({ allocator }: TimeRow): string {
  return allocator;
}

function timeSection(name: string, title: string, corner: string): Section | null {
  const file = read<TimeRow>(name);
  if (file === null) return null;
  const cell = (row: TimeRow) => {
    const part = row.operations === undefined ? "" : "\\*";
    const over = row.overBase === null ? "" : ` (${decimal(row.overBase)})`;
    return `${decimal(row.nanoseconds)}${part}${over}`;
  };
  const partly = file.rows.filter(({ operations }) => operations !== undefined);
  const notes = partly.map((row) => `${row.case} with ${row.allocator} ${integer(row.operations as number)}`);
  const foot = notes.length === 0 ? "" : `\n\n\\* Only the first operations: ${notes.join(", ")}.`;
  return { title, file, body: pivot(file.rows, corner, allocatorOf, cell) + foot };
}

function memorySection(): Section | null {
  const file = read<TimeRow>("traces");
  if (file === null) return null;
  const measured = file.rows.filter(({ overLive }) => typeof overLive === "number");
  const body = pivot(measured, "trace", allocatorOf, (row) => decimal(row.overLive as number));
  return { title: "Recorded traces, most linear memory over most bytes live", file, body };
}

function checksSection(): Section | null {
  const file = read<{ case: string; nanosecondsPerFree: number }>("checks");
  if (file === null) return null;
  const rows = file.rows.map((row) => [row.case, row.nanosecondsPerFree.toFixed(1).replace("-", "−")]);
  return { title: "What the misuse checks cost, ns a free", file, body: table(["where", "with − without"], rows) };
}

function sizeSection(): Section | null {
  const file = read<{ module: string; bytes: number; gzipped: number }>("size");
  if (file === null) return null;
  const rows = file.rows.map((row) => [row.module, integer(row.bytes), integer(row.gzipped)]);
  return { title: "Bytes of wasm", file, body: table(["module", "bytes", "gzipped"], rows) };
}

// ── objects and the collector ───────────────────────────────────────────────────────────────────────

/** What "CPython" was in a table. */
function footOf({ python }: File<unknown>): string {
  return typeof python === "string" ? `\n\nCPython is python3 ${python}.` : "";
}

function orEmpty(value: number | null): string {
  return value === null ? "" : decimal(value);
}

/** The two last cells of a row: what it should be, and whether it is. */
function judgement({ limit, met }: Judged): string[] {
  return [limit ?? "", met === null ? "" : met ? "met" : "**not met**"];
}

/** A row for each case and a column for each way to do it. */
function waySection(name: string, title: string, corner: string): Section | null {
  const file = read<WayRow>(name);
  if (file === null) return null;
  const columnOf = ({ by }: WayRow) => by;
  const body = pivot(file.rows, corner, columnOf, ({ nanoseconds }) => decimal(nanoseconds));
  return { title, file, body: body + footOf(file) };
}

function collectionSection(): Section | null {
  const file = read<CollectionRow>("collections");
  if (file === null) return null;
  const head = ["graph", "state", "ours", "CPython", "ours over CPython", "limit", ""];
  const rows = file.rows.map((row) => [
    row.graph,
    row.state,
    decimal(row.nanoseconds),
    orEmpty(row.python),
    orEmpty(row.overPython),
    ...judgement(row),
  ]);
  return { title: "Full collections, ns an object", file, body: table(head, rows) + footOf(file) };
}

function youngSection(): Section | null {
  const file = read<YoungRow>("young");
  if (file === null) return null;
  const head = ["old objects", "2 000 young ones", "ours", "CPython", "limit", ""];
  const rows = file.rows.map((row) => [
    integer(row.old),
    row.state,
    decimal(row.microseconds),
    orEmpty(row.python),
    ...judgement(row),
  ]);
  return { title: "Young collections, µs", file, body: table(head, rows) + footOf(file) };
}

function pauseSection(): Section | null {
  const file = read<PauseRow>("pauses");
  if (file === null) return null;
  const head = ["what lives", "ms", "times that of nothing", "limit", ""];
  const rows = file.rows.map((row) => [row.heap, decimal(row.milliseconds), orEmpty(row.overEmpty), ...judgement(row)]);
  return { title: "V8's own full collection", file, body: table(head, rows) };
}

function bytesSection(): Section | null {
  const file = read<BytesRow>("bytes");
  if (file === null) return null;
  const body = pivot(
    file.rows,
    "record of",
    ({ by }) => by,
    ({ bytes }) => decimal(bytes),
  );
  return { title: "Bytes of memory for each record", file, body: body + footOf(file) };
}

// ── values and containers ───────────────────────────────────────────────────────────────────────────

/** What "CPython" was in a table of values. */
function wasmFootOf({ python }: File<unknown>): string {
  return `\n\nCPython is Python ${python} in wasm (Pyodide).`;
}

/** A row for each operation. `plain` is what JavaScript has for it, `unit` nanoseconds of the table's. */
function valueSection(name: string, title: string, corner: string, plain: string, unit: number): Section | null {
  const file = read<ValueRow>(name);
  if (file === null) return null;
  const compared = file.rows.some(({ python }) => python !== null);
  const judged = file.rows.some(({ limit }) => limit !== null);
  const time = (value: number | null) => (value === null ? "" : decimal(value / unit));
  const head = [corner, "ours", plain, "ours over it"];
  if (compared) head.push("CPython", "ours over CPython");
  if (judged) head.push("limit", "");
  const rows = file.rows.map((row) => [
    row.case,
    time(row.ours),
    time(row.plain),
    orEmpty(row.overPlain),
    ...(compared ? [time(row.python), orEmpty(row.overPython)] : []),
    ...(judged ? judgement(row) : []),
  ]);
  return { title, file, body: table(head, rows) + (compared ? wasmFootOf(file) : "") };
}

function weakSection(): Section | null {
  const file = read<WeakRow>("weak");
  if (file === null) return null;
  const title = "Weak collections from JavaScript, ns an entry: ours / JavaScript / CPython, by number of entries";
  return { title, file, body: weakTable(file.rows, table, judgement) + wasmFootOf(file) };
}

function valueBytesSections(): Section[] {
  const file = read<SizeRow>("sizes");
  if (file === null) return [];
  const large = file.rows.filter(({ above }) => above).length;
  const found = `Of ${integer(file.measured ?? 0)} values that were measured ${large === 0 ? "none" : large} are larger and should not be.`;
  return [
    {
      title: "Bytes of values: getSizeOf and, after the stroke, CPython's getsizeof",
      file,
      body: `${bytesTable(file.rows, table)}${wasmFootOf(file)} ${found}`,
    },
    { title: "Bytes of the blocks in use for them", file, body: blocksTable(file.rows, table) },
  ];
}

// ── images, looking inside, threads ────────────────────────────────────────────────────────────────

function imageSection(): Section | null {
  const file = read<ImageRow>("images");
  if (file === null) return null;
  return { title: "Heap images: saving and loading", file, body: imageTable(file.rows, table, judgement) };
}

function snapshotSection(): Section | null {
  const file = read<SnapshotRow>("snapshots");
  if (file === null) return null;
  const title = "V8 heap snapshots of a heap, and of plain objects";
  return { title, file, body: snapshotTable(file.rows, table, judgement) };
}

function tracingSections(): Section[] {
  const sections: Section[] = [];
  const tracing = read<TracingRow>("tracing");
  if (tracing !== null) {
    const title = "Traced allocations, ns an operation and, in brackets, times that of a heap that was never traced";
    sections.push({ title, file: tracing, body: tracingTable(tracing.rows, table, judgement) });
  }
  const bulk = read<TraceRow>("bulk");
  if (bulk !== null) sections.push({ title: "Many traces", file: bulk, body: bulkTable(bulk.rows, table) });
  return sections;
}

function threadSections(): Section[] {
  const sections: Section[] = [];
  const alone = read<AloneRow>("alone");
  if (alone !== null) {
    const title = "One thread in a shared heap, and in one of its own, ns";
    sections.push({ title, file: alone, body: aloneTable(alone.rows, table) });
  }
  const together = read<TogetherRow>("together");
  if (together !== null) {
    const body = togetherTable(together.rows, table, judgement);
    sections.push({ title: "Threads on shared objects", file: together, body });
  }
  const waits = read<WaitRow>("waits");
  if (waits !== null) {
    const title = "Waiting for the lock, in switch intervals";
    sections.push({ title, file: waits, body: waitTable(waits.rows, table, judgement) });
  }
  return sections;
}
