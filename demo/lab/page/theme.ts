/** Dark and light: as the system has it until the button says otherwise. */

import { press } from "./notice.ts";
import { forgetPalette } from "./palette.ts";

/** Connects the button; `changed` is told when colours are others. */
export function connectTheme(changed: () => void): void {
  const repaint = () => {
    forgetPalette();
    changed();
  };
  press("theme", () => {
    const dark =
      getComputedStyle(document.body).colorScheme.includes("dark") &&
      !matchMedia("(prefers-color-scheme: light)").matches;
    const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
    document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
    repaint();
  });
  // Paper is white.
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"])
    matchMedia(query).addEventListener("change", repaint);
}
