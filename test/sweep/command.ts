/** The command `sweep` as a program of its own, for tests that kill it. */

import { main } from "../../src/cli/sweep.ts";

process.exitCode = await main(process.argv.slice(3));
