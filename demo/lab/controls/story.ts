/**
 * The story of an experiment as prose: to point at a sentence, or to reach its words by keyboard, moves the picture there; to press
 * them keeps it. Words of the theory open what they mean.
 *
 * Not here: the sentences (`state/stories.ts`), what moving and keeping are (`preview.ts`, `main.ts`).
 */

import { announce } from "../page/announce.ts";
import { byId, html } from "../page/dom.ts";
import { termButton } from "../page/termButton.ts";
import type { LabConfig, PresetName } from "../state/fields.ts";
import { type Look, partsOf, type Sentence, STORIES, spoken } from "../state/stories.ts";
import { TERMS, type TermName } from "../state/terms.ts";

/** Milliseconds that the pointer rests on a sentence, or off all of them, before the picture moves. */
const REST = 90;

export interface StoryHandlers {
  /** Moves the picture to a look, for a while. */
  show(look: Look): void;
  /** Moves it back. */
  end(): void;
  /** Keeps a look. */
  keep(look: Look): void;
}

/** A sentence on the page, with what it shows. */
interface Told {
  readonly look: Look;
  readonly text: string;
  readonly buttons: HTMLElement[];
}

export class Story {
  private readonly element = byId("story-comment");
  private preset: PresetName | undefined;
  private told: Told[] = [];
  private resting: ReturnType<typeof setTimeout> | undefined;
  /** Whether a look is shown that was not kept. */
  private isAway = false;

  constructor(private readonly handlers: StoryHandlers) {}

  /** Tells the story of a state's experiment, and marks what of it is shown. */
  show(config: LabConfig): void {
    if (config.preset !== this.preset) {
      this.preset = config.preset;
      this.told = [];
      this.isAway = false;
      clearTimeout(this.resting);
      const sentences = STORIES[config.preset].map((sentence) => this.sentence(sentence));
      this.element.replaceChildren(...sentences.flatMap((own, i) => (i === 0 ? [own] : [" ", own])));
    }
    for (const { look, buttons } of this.told) {
      const isShown = fieldsOf(look).every((name) => look[name] === config[name]);
      for (const button of buttons) button.setAttribute("aria-current", String(isShown));
    }
  }

  /** Keeps the look of the next sentence, or of the one before, and says it. */
  turn(by: 1 | -1): void {
    const { told } = this;
    if (told.length === 0) return;
    const first = told.at(by > 0 ? 0 : -1)!;
    const current = told.findIndex(isKept);
    const next = current < 0 ? first : told[current + by];
    // Behind the last part all of the picture is there again.
    const isReleased = next === undefined && told[current].look.emphasis !== "";
    this.keep(isReleased ? told[current] : (next ?? first));
  }

  private sentence({ text, look }: Sentence): HTMLElement {
    const element = html("span", { class: "sentence" });
    // What it does not speak of is not what another spoke of.
    const whole: Look = { emphasis: "", ...look };
    const own: Told = { look: whole, text: spoken(text), buttons: [] };
    for (const part of partsOf(text)) {
      if (part.kind === "words") element.append(part.text);
      else if (part.kind === "term") element.append(termButton(TERMS[part.term as TermName], part.text));
      else {
        const button = html("button", { type: "button", class: "look" }, part.text);
        button.addEventListener("click", () => this.keep(own));
        button.addEventListener("focus", () => {
          if (button.matches(":focus-visible")) this.move(own);
        });
        button.addEventListener("blur", () => this.leave());
        own.buttons.push(button);
        element.append(button);
      }
    }
    if (look !== undefined) {
      element.addEventListener("pointerenter", ({ pointerType }) => {
        if (pointerType !== "touch") this.move(own);
      });
      element.addEventListener("pointerleave", () => this.leave());
      this.told.push(own);
    }
    return element;
  }

  private move({ look, text }: Told): void {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.isAway = true;
      this.handlers.show(look);
      announce(text);
    }, REST);
  }

  private leave(): void {
    clearTimeout(this.resting);
    if (!this.isAway) return;
    this.resting = setTimeout(() => {
      this.isAway = false;
      this.handlers.end();
      announce("The picture is back where it was.");
    }, REST);
  }

  /** Keeps a look; pressed again, a part is spoken of no more. */
  private keep(told: Told): void {
    const { look, text } = told;
    clearTimeout(this.resting);
    this.isAway = false;
    const isReleased = isKept(told) && look.emphasis !== "";
    this.handlers.keep(isReleased ? { ...look, emphasis: "" } : look);
    announce(isReleased ? "All of the picture is shown." : text);
  }
}

/** Whether what it shows is what is shown. */
function isKept({ buttons: [button] }: Told): boolean {
  return button?.getAttribute("aria-current") === "true";
}

function fieldsOf(look: Look): (keyof Look)[] {
  return Object.keys(look) as (keyof Look)[];
}
