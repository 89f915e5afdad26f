/** What the page says above everything, and buttons whose failures it says. */

import { byId, setText } from "./dom.ts";

/** Says something until it is dismissed or something else is said. */
export function notify(message: string, bad: boolean): void {
  const notice = byId("notice");
  notice.hidden = false;
  notice.classList.toggle("bad", bad);
  setText(byId("notice-text"), message);
}

/** Takes away what was said. */
export function dismissNotice(): void {
  byId("notice").hidden = true;
}

/** Lets a button act; what it throws is said. */
export function press(id: string, act: () => void | Promise<void>): void {
  byId(id).addEventListener("click", () => attempt(act));
}

/** Acts, and says what is thrown. */
export function attempt(act: () => void | Promise<void>): void {
  void (async () => act())().catch((error: unknown) => notify((error as Error).message, true));
}
