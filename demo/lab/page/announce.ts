/** What those hear who can't see that something has changed. */

import { byId, setText } from "./dom.ts";

/** Says a sentence; the same one twice is said once. */
export function announce(sentence: string): void {
  setText(byId("announce"), sentence);
}
