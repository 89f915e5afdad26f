/**
 * The commands `sweep` and `work` as a program of its own, for tests that kill it. Variables say what is to go wrong when a shard is begun:
 * TEST_LOG names a file that notes its first run, TEST_POISON a run whose shard kills the process, TEST_BROKEN one whose shard fails.
 */

import { appendFileSync } from "node:fs";
import { SweepFolder } from "../../src/cli/sweep/folder.ts";
import { main as sweep } from "../../src/cli/sweep/sweep.ts";
import { main as workThread } from "../../src/cli/work/thread.ts";
import { main as work } from "../../src/cli/work/work.ts";
import { MixupError } from "../../src/errors.ts";

const { TEST_LOG, TEST_POISON, TEST_BROKEN } = process.env;
const { partials } = SweepFolder.prototype;
SweepFolder.prototype.partials = function (engine) {
  const own = partials.call(this, engine);
  return {
    ...own,
    async read(range) {
      if (TEST_LOG !== undefined) appendFileSync(TEST_LOG, `${range.from}\n`);
      if (String(range.from) === TEST_POISON) process.kill(process.pid, "SIGKILL");
      if (String(range.from) === TEST_BROKEN) throw new MixupError("A test broke this shard.");
      return own.read(range);
    },
  };
};

const [name, ...commandLine] = process.argv.slice(2);
const commands = { sweep, work, "work-thread": workThread };
process.exitCode = await commands[name as keyof typeof commands](commandLine);
