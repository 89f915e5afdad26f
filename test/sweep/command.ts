/**
 * The commands `sweep` and `work` as a program of its own, for tests that kill it. Variables say what is to go wrong when a shard is begun:
 * TEST_LOG names a file that notes its first run, TEST_POISON a run whose shard kills the process, TEST_BROKEN one whose shard fails,
 * TEST_ENDING one whose shard ends its thread, once: TEST_LOG says that it was begun before. While the file that TEST_UNABLE names is there,
 * threads find no adapter.
 */

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PageHost } from "../../src/cli/backends/openedPage.ts";
import { serveFolder } from "../../src/cli/backends/siteServer.ts";
import { SweepFolder } from "../../src/cli/sweep/folder.ts";
import { main as sweep } from "../../src/cli/sweep/sweep.ts";
import { main as workThread } from "../../src/cli/work/thread.ts";
import { main as work } from "../../src/cli/work/work.ts";
import { MixupError } from "../../src/errors.ts";

const { TEST_LOG, TEST_POISON, TEST_BROKEN, TEST_ENDING, TEST_UNABLE } = process.env;
const { partials } = SweepFolder.prototype;
SweepFolder.prototype.partials = function (engine) {
  const own = partials.call(this, engine);
  return {
    ...own,
    async read(range) {
      const isFirst = TEST_LOG === undefined || !hasBegun(TEST_LOG, range.from);
      if (TEST_LOG !== undefined) appendFileSync(TEST_LOG, `${range.from}\n`);
      // In a thread it ends no more than that.
      if (String(range.from) === TEST_ENDING && isFirst) process.exit(3);
      if (String(range.from) === TEST_POISON) process.kill(process.pid, "SIGKILL");
      if (String(range.from) === TEST_BROKEN) throw new MixupError("A test broke this shard.");
      return own.read(range);
    },
  };
};

function hasBegun(log: string, from: number): boolean {
  try {
    return readFileSync(log, "utf8").split("\n").includes(String(from));
  } catch {
    return false;
  }
}

/** What `buildPages` built. */
const host: PageHost = async (page) => {
  const { server, url } = await serveFolder(join(import.meta.dirname, "page"));
  return { server, url: `${url}${page}.html` };
};

const [name, ...commandLine] = process.argv.slice(2);
if (name === "work-thread" && TEST_UNABLE !== undefined && existsSync(TEST_UNABLE)) {
  commandLine[1] = "native";
  process.env.VK_DRIVER_FILES = "/nowhere";
}
const commands = { sweep, work, "work-thread": workThread };
process.exitCode = await commands[name as keyof typeof commands](commandLine, host);
