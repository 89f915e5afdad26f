/** The licences of the packages that a bundle contains, as their authors wrote them. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./sources.mjs";

/** Names of the packages whose modules are in a bundle of Rolldown. */
export function bundledPackages(bundle) {
  const modules = Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}));
  const names = modules.flatMap((id) => {
    const path = id.replaceAll("\\", "/").split("/node_modules/").at(-1);
    if (!id.includes("node_modules") || path === undefined) return [];
    const parts = path.split("/");
    return [parts[0].startsWith("@") ? `${parts[0]}/${parts[1]}` : parts[0]];
  });
  return [...new Set(names)];
}

/** A text with each package's name, version, licence and its text. */
export async function licenceText(packages) {
  const names = [...new Set(packages)].sort();
  if (names.length === 0) return "Nothing of others is bundled here.\n";
  const entries = await Promise.all(
    names.map(async (name) => {
      const folder = join(ROOT, "node_modules", name);
      const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      const files = (await readdir(folder)).filter((file) =>
        /^(licen[cs]e|copying|notice)(\.|$)/i.test(file),
      );
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
      // Some packages name the Apache licence and leave its text out.
      if (texts.length === 0 && license === "Apache-2.0")
        texts.push(await readFile(join(ROOT, "node_modules/typescript/LICENSE.txt"), "utf8"));
      return `${name} ${version}, ${license}\n\n${texts.join("\n").trim() || "(its package holds no licence text)"}\n`;
    }),
  );
  return `What is bundled here, and under which licences.\n\n${entries.join(`\n${"-".repeat(72)}\n\n`)}`;
}
