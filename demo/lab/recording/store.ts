/**
 * Recordings in the browser's own database, so that the second visit opens at once: every recorded step as it is made, and now and
 * then a snapshot with which an unfinished one goes on. Where the browser keeps nothing (private windows, no room, other rules),
 * nothing is kept, and nothing else changes.
 */

import type { Moment } from "./playback.ts";

const DATABASE = "mixup-lab";
/** Of the database's form. */
const VERSION = 1;
/** Older recordings make room: bytes of all, and how many. */
const MOST_BYTES = 256 * 2 ** 20;
const MOST_RECORDINGS = 12;

/** What is known of a recording without its nets. */
interface Head {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
  readonly bytes: number;
  /** Steps that are kept. */
  readonly count: number;
  /** Diverged runs, with their steps. */
  readonly failures: readonly (readonly [run: number, step: number])[];
  /** To go on with, once so many steps are recorded; absent where all are. */
  readonly resume?: { readonly snapshot: Uint8Array; readonly count: number };
}

/** A recording as it was kept. */
export interface Kept extends Pick<Head, "failures" | "resume"> {
  readonly moments: readonly Moment[];
}

export class RecordingStore {
  private constructor(private readonly database: IDBDatabase) {}

  /** The browser's; undefined where there is none. */
  static async open(): Promise<RecordingStore | undefined> {
    try {
      const opening = indexedDB.open(DATABASE, VERSION);
      opening.onupgradeneeded = () => {
        opening.result.createObjectStore("heads", { keyPath: "key" });
        opening.result.createObjectStore("moments");
      };
      const database = await settled(opening);
      // Another page with a newer lab may change its form.
      database.onversionchange = () => database.close();
      return new RecordingStore(database);
    } catch {
      return undefined;
    }
  }

  /** What is kept under a key, if anything is. */
  async read(key: string): Promise<Kept | undefined> {
    try {
      const transaction = this.database.transaction(["heads", "moments"], "readwrite");
      const heads = transaction.objectStore("heads");
      const head = await settled<Head | undefined>(heads.get(key));
      if (head === undefined) return undefined;
      heads.put({ ...head, usedAt: Date.now() });
      const all = IDBKeyRange.bound([key, 0], [key, head.count - 1]);
      const moments = await settled<Moment[]>(transaction.objectStore("moments").getAll(all));
      if (moments.length !== head.count) return undefined;
      return { moments, failures: head.failures, resume: head.resume };
    } catch {
      return undefined;
    }
  }

  /** Keeps recorded steps from number `from` on, and all that goes with them. Whether it could. */
  async add(
    key: string,
    from: number,
    moments: readonly Moment[],
    { failures, resume }: Pick<Head, "failures" | "resume">,
  ): Promise<boolean> {
    try {
      await this.makeRoom(key);
      const transaction = this.database.transaction(["heads", "moments"], "readwrite");
      const done = finished(transaction);
      const count = from + moments.length;
      const perMoment = moments.reduce((sum, moment) => sum + bytesOf(moment), 0) / moments.length;
      moments.forEach((moment, i) => {
        transaction.objectStore("moments").put(moment, [key, from + i]);
      });
      const bytes = perMoment * count + (resume?.snapshot.byteLength ?? 0);
      const head: Head = { key, usedAt: Date.now(), bytes, count, failures, resume };
      transaction.objectStore("heads").put(head);
      await done;
      return true;
    } catch {
      return false;
    }
  }

  /** Forgets those that were not looked at for longest, until another fits. */
  private async makeRoom(key: string): Promise<void> {
    const transaction = this.database.transaction(["heads", "moments"], "readwrite");
    const done = finished(transaction);
    const heads = await settled<Head[]>(transaction.objectStore("heads").getAll());
    const others = heads.filter((head) => head.key !== key).sort((a, b) => b.usedAt - a.usedAt);
    let bytes = heads.find((head) => head.key === key)?.bytes ?? 0;
    others.forEach((head, i) => {
      bytes += head.bytes;
      if (bytes <= MOST_BYTES && i + 1 < MOST_RECORDINGS) return;
      transaction.objectStore("heads").delete(head.key);
      transaction
        .objectStore("moments")
        .delete(IDBKeyRange.bound([head.key, 0], [head.key, Number.MAX_SAFE_INTEGER]));
    });
    await done;
  }
}

function bytesOf({ nets, measured }: Moment): number {
  return nets.byteLength + measured.byteLength;
}

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
