// npm run stress -- [cores | threads | stops | images] …: programs that run as long as you like. What each takes stands in its file.

const PROGRAMS: { readonly [name: string]: () => Promise<unknown> } = {
  cores: () => import("./cores.js"),
  threads: () => import("./threads.js"),
  stops: () => import("./stops.js"),
  images: () => import("./images.js"),
};

const [first = "cores"] = process.argv.slice(2);
const name = first.startsWith("-") ? "cores" : first;
const program = PROGRAMS[name];
if (program === undefined) {
  console.error(`There is no program ${name}: there are ${Object.keys(PROGRAMS).join(", ")}`);
  process.exit(2);
}
await program();
