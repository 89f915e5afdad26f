/**
 * Where an experiment of hours keeps what it has done, so that the same command goes on with it: bytes by name.
 *
 * Not here: where that is (`cli/files/keptFiles.ts`, and a page's way there).
 */

export interface Store {
  /** What was kept under a name, if anything. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Keeps bytes under a name, in place of what was there; all of them or none. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** A value kept as JSON under a name, if it was kept for this key: what it depends on. */
export async function readKept<T>(store: Store, name: string, key: string): Promise<T | undefined> {
  const bytes = await store.read(name);
  if (bytes === undefined) return undefined;
  try {
    const kept = JSON.parse(new TextDecoder().decode(bytes)) as { key: string; value: T };
    return kept.key === key ? kept.value : undefined;
  } catch {
    // Somebody else's file, or one that was cut off: as if it were not there.
    return undefined;
  }
}

/** Keeps a value as JSON, with what it depends on. */
export async function keep(store: Store, name: string, key: string, value: unknown): Promise<void> {
  await store.write(name, new TextEncoder().encode(JSON.stringify({ key, value })));
}
