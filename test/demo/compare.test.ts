/** The comparison page's pure parts: its axis, what stands in its address, how it says numbers. */

import { describe, expect, it } from "vitest";
import { choicesFromHash, DEFAULT_CHOICES, hashFromChoices, requestOf } from "../../demo/compare/choices.ts";
import { type BrowserWords, environmentOf } from "../../demo/compare/environment.ts";
import { ceilingFacts, identityFacts } from "../../demo/compare/gpuFacts.ts";
import { decadeLabel, logScale } from "../../demo/compare/scale.ts";
import { ENGINE_NAMES } from "../../src/bench/engines/engine.ts";
import { crossoverSentence, populationSentence, significant } from "../../src/bench/format.ts";
import { WORKLOAD_NAMES } from "../../src/bench/workload.ts";

describe("the logarithmic axis", () => {
  it("holds all values in whole decades, and shows the smallest", () => {
    const { decades, at } = logScale([0.5, 20, 300]);
    expect(decades.map((decade) => Math.log10(decade))).toEqual([-1, 0, 1, 2, 3]);
    expect(at(0.1)).toBeCloseTo(0, 12);
    expect(at(10)).toBeCloseTo(0.5, 12);
    expect(at(1000)).toBeCloseTo(1, 12);
    expect(logScale([1]).at(1)).toBeGreaterThan(0.4);
  });

  it("is there without values, and keeps what is off it at its ends", () => {
    const { decades, at } = logScale([]);
    expect(decades.length).toBeGreaterThanOrEqual(2);
    expect([at(1e-9), at(1e9)]).toEqual([0, 1]);
  });

  it("labels decades by their unit", () => {
    expect([0.001, 0.01, 0.1, 1, 10, 100, 1000, 10_000].map(decadeLabel)).toEqual([
      ...["1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"],
    ]);
  });
});

describe("choices in the address", () => {
  it("come back as they went", () => {
    for (const choices of [
      DEFAULT_CHOICES,
      { workloads: [...WORKLOAD_NAMES], engines: [...ENGINE_NAMES], crossovers: true, repeats: 31 },
      { workloads: ["pairwise"], engines: ["plain", "jax-wasm"], crossovers: false, repeats: 15 },
    ] as const) {
      const back = choicesFromHash(`#${hashFromChoices(choices)}`);
      expect(back).toEqual({
        ...choices,
        engines: ENGINE_NAMES.filter((name) => (choices.engines as readonly string[]).includes(name)),
      });
    }
  });

  it("are not named when they are the default", () => {
    expect(hashFromChoices(DEFAULT_CHOICES)).toBe("");
    expect(choicesFromHash("")).toEqual(DEFAULT_CHOICES);
  });

  it("are the default when they make no sense", () => {
    const nonsense = "#workloads=,x&engines=__proto__&repeats=1e9&crossovers=yes&also=%00";
    expect(choicesFromHash(nonsense)).toEqual(DEFAULT_CHOICES);
    expect(choicesFromHash("#engines=plain,nobody").engines).toEqual(["plain"]);
  });

  it("make a request", () => {
    expect(requestOf({ ...DEFAULT_CHOICES, repeats: 31 }).settings.repeats).toBe(31);
  });
});

describe("what a browser says of itself", () => {
  const brands = (...names: string[]) => names.map((brand) => ({ brand, version: "150" }));
  const of = (userAgent: string, userAgentData?: BrowserWords["userAgentData"]) => {
    const words = { userAgent, hardwareConcurrency: 4, userAgentData };
    const { browser, platform } = environmentOf(words, true, new Date(0));
    return [browser, platform];
  };

  it("is the most telling of its brands", () => {
    const data = (...names: string[]) => ({ brands: brands(...names), platform: "Windows" });
    expect(of("", data("Not(A:Brand", "Chromium", "Microsoft Edge"))).toEqual([
      "Microsoft Edge 150",
      "Windows",
    ]);
    expect(of("", data("Chromium", "Not)A;Brand"))).toEqual(["Chromium 150", "Windows"]);
  });

  it("is read off its name where it has no brands", () => {
    const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
    expect(of(firefox)).toEqual(["Firefox 141", "Linux"]);
    const safari =
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15";
    expect(of(safari)).toEqual(["Safari 26.0", "macOS"]);
    expect(of("something else")).toEqual(["", ""]);
  });

  it("comes with the moment and the machine", () => {
    expect(environmentOf({ userAgent: "x", hardwareConcurrency: 4 }, false, new Date(0))).toMatchObject({
      userAgent: "x",
      hardwareConcurrency: 4,
      crossOriginIsolated: false,
      date: "1970-01-01T00:00:00.000Z",
    });
  });
});

describe("facts of a GPU", () => {
  const adapter = { vendor: "maker", architecture: "card", description: "", isFallback: false, backend: "" };
  const page = { browser: "Chromium 150", platform: "" };

  it("say what the browser does not tell", () => {
    expect(identityFacts(adapter, page)).toEqual([
      ["Driven by", "not told by the browser"],
      ["Browser", "Chromium 150"],
      ["System", "not told by the browser"],
    ]);
    const named = { ...adapter, description: "Card 4000", backend: "D3D12" };
    expect(identityFacts(named, page).slice(0, 2)).toEqual([
      ["Maker and architecture", "maker card"],
      ["Driven by", "Direct3D 12"],
    ]);
    expect(identityFacts({ ...adapter, backend: "WebGPU2" }, page)[0]).toEqual(["Driven by", "WebGPU2"]);
  });

  it("have units, and are what was measured only", () => {
    const facts = ceilingFacts({
      emptyDispatchMilliseconds: 0.0028,
      emptyPassMilliseconds: null,
      multiplyAddsPerSecond: 14.6e12,
      copyBytesPerSecond: 4.5e11,
    });
    expect(facts.map(([title, value]) => [title, value])).toEqual([
      ["An empty dispatch", "2.80 µs"],
      ["Arithmetic", "14,600 G/s"],
      ["Memory", "450 GB/s"],
    ]);
  });
});

describe("numbers in words", () => {
  it("have three significant digits", () => {
    expect([0, 0.00123, 0.0456, 0.7, 1.5, 12.34, 456.7, 12_345].map(significant)).toEqual([
      ...["0", "0.00123", "0.0456", "0.700", "1.50", "12.3", "457", "12,345"],
    ]);
  });

  it("say where the CPU wins", () => {
    const sweep = { varied: "nets", title: "", sizes: [1, 8], gpu: [1, 1], cpu: [1, 1] } as const;
    expect(crossoverSentence({ ...sweep, gpuWinsFrom: 4 })).toBe("The CPU wins below about 4.00 nets.");
    expect(crossoverSentence({ ...sweep, gpuWinsFrom: 1 })).toContain("GPU wins at every size from 1");
    const slower = { ...sweep, gpu: [2, 2], gpuWinsFrom: null };
    expect(crossoverSentence(slower)).toBe("The CPU wins at every size up to 8 nets.");
    const between = { ...slower, sizes: [1, 8, 64], gpu: [2, 1, 2], cpu: [1, 1, 1] };
    expect(crossoverSentence(between)).toBe("The CPU wins at 64 nets; the GPU wins at 8 only.");
    const missing = { ...sweep, gpu: [null, null], gpuWinsFrom: null };
    expect(crossoverSentence(missing)).toBe("Could not be measured.");
  });

  it("say what training many nets at once makes of the time of one", () => {
    const sweep = {
      varied: "nets",
      title: "",
      sizes: [1, 4, 16],
      cpu: [1, 1, 1],
      gpuWinsFrom: null,
    } as const;
    expect(populationSentence({ ...sweep, gpu: [10, 40, 152] })).toBe(
      "Trained 16 at once, a net takes 0.950 times as long a step on the GPU as one alone.",
    );
    expect(populationSentence({ ...sweep, gpu: [null, 40, 152] })).toBeUndefined();
    expect(populationSentence({ ...sweep, gpu: [10, 40, null] })).toBeUndefined();
    expect(populationSentence({ ...sweep, sizes: [], gpu: [] })).toBeUndefined();
    expect(populationSentence({ ...sweep, varied: "hidden units", gpu: [1, 1, 1] })).toBeUndefined();
  });
});
