/** Play, pause, step, reset, and how far it is. A page that nobody looks at pauses by itself. */

import { announce } from "../page/announce.ts";
import { byId, setText } from "../page/dom.ts";
import { press } from "../page/notice.ts";
import type { LabClient } from "../training/client.ts";
import type { Frame } from "../training/protocol.ts";
import { rounded } from "./words.ts";

export type Status = "preparing" | "running" | "paused" | "finished" | "failed";

const WORDS: Readonly<Record<Status, string>> = {
  preparing: "Preparing",
  running: "Training",
  paused: "Paused",
  finished: "Finished",
  failed: "Stopped",
};
const RECORDING_WORDS: Readonly<Record<Status, string>> = {
  ...WORDS,
  running: "Recording",
  finished: "Recorded: every α and step can be shown",
};

/** What the buttons do with a recording. */
export interface RecordedTime {
  readonly isPlaying: boolean;
  toggle(): void;
  step(): void;
  reset(): void;
}

export class Transport {
  status: Status = "preparing";
  /** Of a recording; while it is made the first button pauses that. */
  recorded: RecordedTime | undefined;
  /** Somebody pressed Pause. */
  paused = false;
  private hiddenPause = false;
  private inSight = true;

  /** `begin` trains from the beginning; `words` says what the pictures show. */
  constructor(
    private readonly client: LabClient,
    private readonly begin: () => void,
    private readonly words: () => string,
  ) {
    press("play", () => this.toggle());
    press("step", () => {
      if (this.recorded !== undefined) {
        this.recorded.step();
        return;
      }
      this.paused = true;
      client.send({ type: "step" });
    });
    press("reset", () => {
      if (this.recorded !== undefined) {
        this.recorded.reset();
        return;
      }
      this.paused = true;
      begin();
    });
    document.addEventListener("visibilitychange", () => this.visibility());
  }

  /** Trains only while an element can be seen, also by those who scroll the page that it is framed in. */
  trainInSight(element: HTMLElement): void {
    new IntersectionObserver((entries) => {
      this.inSight = entries[entries.length - 1].isIntersecting;
      this.visibility();
    }).observe(element);
  }

  /** Whether a training that begins now is to stand. */
  beginsPaused(): boolean {
    if (this.isHidden() && !this.paused) this.hiddenPause = true;
    return this.paused || this.isHidden();
  }

  setStatus(status: Status): void {
    this.status = status;
    this.nameButtons();
    byId("lab").dataset.status = status;
    const words = this.recorded === undefined ? WORDS : RECORDING_WORDS;
    announce(`${words[status]}. ${status === "finished" ? this.words() : ""}`.trim());
  }

  /** Says what the buttons do now. */
  nameButtons(): void {
    const { status, recorded } = this;
    const ended = recorded === undefined ? "Run again" : recorded.isPlaying ? "Pause" : "Play";
    setText(byId("play"), status === "finished" ? ended : this.isGoing() ? "Pause" : "Play");
    byId<HTMLButtonElement>("step").disabled = status === "finished" && recorded === undefined;
  }

  update(frame: Frame): void {
    byId<HTMLProgressElement>("progress").value = frame.step / frame.steps;
    byId("progress").hidden = frame.recorded !== undefined;
    setText(byId("step-count"), `Step ${frame.step} of ${frame.steps}`);
    setText(byId("rate"), frame.rate > 0 ? `${rounded(frame.rate)} run-steps/s` : "");
  }

  private toggle(): void {
    if (this.status === "finished" && this.recorded !== undefined) this.recorded.toggle();
    else if (this.status === "finished") {
      this.paused = false;
      this.begin();
    } else if (this.isGoing()) {
      this.paused = true;
      this.client.send({ type: "pause" });
    } else {
      this.paused = false;
      this.client.send({ type: "play" });
    }
    // What is being prepared says nothing of its own for a while.
    if (this.status === "preparing") this.setStatus("preparing");
  }

  /** Whether it trains, or will as soon as it is prepared. */
  private isGoing(): boolean {
    return this.status === "running" || (this.status === "preparing" && !this.paused);
  }

  private isHidden(): boolean {
    return document.hidden || !this.inSight;
  }

  private visibility(): void {
    if (this.isHidden() && !this.paused && this.status !== "finished") {
      this.hiddenPause = true;
      this.client.send({ type: "pause" });
    } else if (!this.isHidden() && this.hiddenPause) {
      this.hiddenPause = false;
      if (!this.paused) this.client.send({ type: "play" });
    }
  }
}
