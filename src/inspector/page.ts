// The page of its own: an inspector that fills it, and what its address asks for: ?open=FILE or ?demo.

import { mountInspector } from "./index.js";

const place = document.querySelector("#inspector");
if (place === null) throw new Error("The page has no element #inspector.");
place.replaceChildren();
const inspector = mountInspector(place, { keys: "page" });
const wishes = new URLSearchParams(location.search);
const file = wishes.get("open");

async function openAddress(address: string): Promise<void> {
  try {
    const name = decodeURIComponent(address.split("/").at(-1) ?? address);
    const answer = await fetch(new URL(address, document.baseURI));
    if (answer.ok) await inspector.open(await answer.blob(), name);
    else inspector.tell("This file cannot be fetched", `The server answers ${answer.status} for ${address}.`);
  } catch (error) {
    inspector.tell("This file cannot be fetched", `${address}: ${error instanceof Error ? error.message : error}`);
  }
}

if (file !== null) void openAddress(file);
else if (wishes.has("demo")) void inspector.openDemo();
