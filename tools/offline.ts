/**
 * The build step of the site's service worker (`demo/offline/serviceWorker.ts`): tells it the version, and the files that front
 * page and lab need, and tells the pages that there is one.
 */

import { createHash } from "node:crypto";
import type { Plugin } from "vite";

const WORKER = "offline.js";
/** Where the files are found that are fetched at the first visit. The comparison, with its engines of megabytes, is kept when it is opened. */
const PAGES = ["index.html", "lab.html"];

/** Names of output files of entries: the service worker stands at the root, for it sees what is below it. */
export const entryFileNames = ({ name }: { readonly name: string }) =>
  name === "serviceWorker" ? WORKER : "assets/[name]-[hash].js";

export function offlinePlugin(): Plugin {
  return {
    name: "mixup-webgpu:offline",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { name: "offline", content: `./${WORKER}` }, injectTo: "head" },
    ],
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== "chunk") throw new Error(`The build has no ${WORKER}.`);
        const contents = new Map(
          Object.values(bundle).map((file) => [
            file.fileName,
            file.type === "chunk" ? file.code : file.source,
          ]),
        );
        const files = [...reachedFrom(PAGES, contents)].sort();
        const hash = createHash("sha256");
        for (const name of files) hash.update(name).update(contents.get(name)!);
        const facts = JSON.stringify({ version: hash.digest("hex").slice(0, 12), files });
        worker.code = worker.code.replace(/["'`]__OFFLINE__["'`]/, () => JSON.stringify(facts));
      },
    },
  };
}

/** Files that these name, and those that they name ...; no page but these. */
function reachedFrom(
  pages: readonly string[],
  contents: ReadonlyMap<string, string | Uint8Array>,
): Set<string> {
  const names = [...contents.keys()].filter((name) => name.startsWith("assets/"));
  const reached = new Set(pages);
  for (const name of reached) {
    const content = contents.get(name);
    if (content === undefined) throw new Error(`The build has no ${name}.`);
    const text = typeof content === "string" ? content : "";
    for (const other of names) if (text.includes(other.slice("assets/".length))) reached.add(other);
  }
  return reached;
}
