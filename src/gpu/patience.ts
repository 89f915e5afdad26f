/**
 * Waiting for a GPU without keeping a core busy. Dawn's binding for Node asks in a loop of immediates whether work is done, which
 * takes as much of a processor as there is, from a software adapter half of what two cores have. So that loop is made to rest between
 * its turns: an eighth of what has been waited so far, a millisecond at most. Where nobody asks in a loop, in browsers, nothing is done.
 */

/** Most milliseconds of a rest: other work of the thread waits as well. */
const MOST_REST = 1;
/** Of the time waited so far: by so much a wait is longer at most. */
const SHARE = 1 / 8;

interface NodeGlobals {
  readonly document?: unknown;
  readonly process?: { readonly versions?: { readonly node?: string } };
  setImmediate?(turn: () => void): void;
}

const globals = globalThis as NodeGlobals;
const isNode = globals.process?.versions?.node !== undefined && globals.document === undefined;
const word = isNode ? new Int32Array(new SharedArrayBuffer(4)) : undefined;

let waiting = 0;
let since = 0;
/** Whether the loop of rests is under way: there is one, however often it becomes idle and busy again between two turns. */
let isResting = false;

/** Waits for what a GPU was asked for: the promise itself, or one that settles as it does. */
export function waitFor<T>(promise: Promise<T>): Promise<T> {
  if (word === undefined) return promise;
  since = performance.now();
  waiting++;
  if (!isResting && globals.setImmediate !== undefined) {
    isResting = true;
    globals.setImmediate(rest);
  }
  return promise.finally(() => {
    waiting--;
  });
}

function rest(): void {
  isResting = word !== undefined && waiting > 0;
  if (word === undefined || !isResting) return;
  Atomics.wait(word, 0, 0, Math.min(MOST_REST, (performance.now() - since) * SHARE));
  globals.setImmediate?.(rest);
}
