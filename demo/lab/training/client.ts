/**
 * The page's end of the worker: sends orders, hands out news of the present session, and starts another worker from the
 * last checkpoint when one dies or falls silent.
 */

import { forcedEngine } from "../page/mode.ts";
import type { LabConfig } from "../state/fields.ts";
import type { Answer, Landscape, News, Order, Request, ScenePicture } from "./protocol.ts";

export interface ClientHandlers {
  news(news: News): void;
  /** A worker died; another goes on from `step`, unless `step` is undefined: then it died too often. */
  crashed(reason: string, step: number | undefined): void;
}

/** So many deaths within a minute, and it is given up. */
const MOST_CRASHES = 3;
/** Milliseconds without a word from a worker that should be training. */
const SILENCE = 30_000;

export class LabClient {
  session = 0;
  private worker: Worker;
  private config: LabConfig | undefined;
  private kept: { checkpoint: Uint8Array; step: number } | undefined;
  private paused = false;
  private running = false;
  private heard = performance.now();
  private crashes: number[] = [];
  private requests = 0;
  private readonly waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: Error) => void }
  >();

  constructor(private readonly handlers: ClientHandlers) {
    this.worker = this.hire();
    setInterval(() => {
      if (this.running && !document.hidden && performance.now() - this.heard > SILENCE)
        this.lost("it fell silent");
    }, 2000);
  }

  /** Trains another description, from its beginning or from a checkpoint. */
  start(
    config: LabConfig,
    { checkpoint, paused = false }: { checkpoint?: Uint8Array; paused?: boolean } = {},
  ): void {
    this.session++;
    this.config = config;
    this.paused = paused;
    this.kept = checkpoint && { checkpoint, step: 0 };
    this.send({ type: "start", session: this.session, config, checkpoint, paused });
  }

  /** Leaves the session: its training stands, and what it still says is not heard. */
  leave(): void {
    this.send({ type: "pause" });
    this.session++;
    this.config = undefined;
  }

  send(order: Order, transfer: Transferable[] = []): void {
    if (order.type === "look") this.config = order.config;
    if (order.type === "play") this.paused = false;
    if (order.type === "pause" || order.type === "step") this.paused = true;
    this.worker.postMessage(order, transfer);
  }

  /** Asks for bytes, a landscape or a picture. Rejects with what the worker says is wrong. */
  ask(what: Extract<Request, { kind: "landscape" }>): Promise<Landscape>;
  ask(what: Extract<Request, { kind: "scene" }>): Promise<ScenePicture>;
  ask(what: Extract<Request, { kind: "checkpoint" | "weights" }>): Promise<Uint8Array>;
  ask(what: Request): Promise<Answer> {
    const request = ++this.requests;
    return new Promise((resolve, reject) => {
      this.waiting.set(request, { resolve, reject });
      this.send({ type: "request", request, what });
    });
  }

  private hire(): Worker {
    const worker = new Worker(new URL("../worker.ts", import.meta.url), {
      type: "module",
      name: "mixup-lab",
    });
    worker.addEventListener("message", ({ data }: MessageEvent<News>) => this.receive(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker === this.worker) this.lost(event.message || "it could not be loaded");
    });
    worker.postMessage({ type: "open", engine: forcedEngine } satisfies Order);
    this.heard = performance.now();
    return worker;
  }

  private receive(news: News): void {
    this.heard = performance.now();
    if (news.type === "reply") {
      const waiting = this.waiting.get(news.request);
      this.waiting.delete(news.request);
      if (news.error !== undefined) waiting?.reject(new Error(news.error));
      else waiting?.resolve(news.value as never);
      return;
    }
    if ("session" in news && news.session !== this.session) {
      // An answer is due even to old news: the worker sends no frame while one is under way.
      if (news.type === "frame") this.send({ type: "shown" });
      return;
    }
    if (news.type === "keep") this.kept = news;
    if (news.type === "status") this.running = news.status === "running";
    this.handlers.news(news);
  }

  private lost(reason: string): void {
    this.worker.terminate();
    this.running = false;
    for (const { reject } of this.waiting.values()) reject(new Error("The worker crashed. Try again."));
    this.waiting.clear();
    const now = performance.now();
    this.crashes = [...this.crashes.filter((time) => now - time < 60_000), now];
    if (this.crashes.length > MOST_CRASHES) {
      this.handlers.crashed(reason, undefined);
      return;
    }
    this.worker = this.hire();
    // What the page knew of the curves is in the checkpoint as well, so the session begins anew.
    this.handlers.crashed(reason, this.kept?.step ?? 0);
    if (this.config === undefined) return;
    const checkpoint = this.kept?.checkpoint.slice();
    this.session++;
    this.send({ type: "start", session: this.session, config: this.config, checkpoint, paused: this.paused });
  }
}
