/**
 * The methods in the lab, in a real browser: the handle and its curve, partners and their bandwidth, two lambdas, the long tail; own
 * numbers to learn; every option of mixing, with what is refused said in place; links, exports and accessibility of all of them.
 */

import { describe, expect, it } from "vitest";
import { downloaded, expectAccessible, exportedJson, finished, goTo, poll, sharedLab } from "./labServer.ts";

const { page } = await sharedLab();

const go = (hash: string) => goTo(page, hash);

const OVER = "#v=1&preset=over-training&steps=20&seeds=2";
const NEAR = "#v=1&preset=c-mixup&units=8&steps=20&seeds=1";
const TWO = "#v=1&preset=two-lambdas&units=8&steps=20&seeds=1&points=20";
const TAIL = "#v=1&preset=long-tail&units=8&steps=20&retrain=10&seeds=2";

const focusedId = () => page.evaluate(() => document.activeElement?.id);

describe("over-training", () => {
  const handle = () => page.locator("#step-handle");
  const switched = () => page.locator(".over-training path.mean.plain").getAttribute("d");
  const reading = () => page.locator(".reading").textContent();

  it("has its curves before any net has taken a step, and nets on them after", async () => {
    await go(OVER);
    await page.locator("#reset").click();
    await page.locator('#lab[data-status="paused"]').waitFor();
    for (const kind of ["erm", "mixup", "plain"]) {
      const path = (await page.locator(`.over-training path.mean.${kind}`).getAttribute("d"))!;
      const xs = Array.from(path.matchAll(/[ML]([\d.]+),/g), ([, x]) => Number(x));
      expect(xs.length).toBeGreaterThan(2);
      expect(xs[xs.length - 1] - xs[0]).toBeGreaterThan(300);
    }
    expect(await page.locator(".net-dots circle").count()).toBe(0);
    await page.locator("#play").click();
    await finished(page);
    expect(await page.locator(".net-dots.mixup circle").count()).toBeGreaterThan(4);
    // Curves of the closed form and the nets agree to what 32-bit floats do.
    const { runs, evaluations } = await exportedJson(page);
    // As text: the test's own transformer would replace `import()` by what no page knows.
    const exact = (await page.evaluate(`(async (steps) => {
      const { overTrainingStudy } = await import("/demo/lab/training/methods/closedForm.ts");
      const [draw] = overTrainingStudy(0, { count: 20, first: 0, draws: 2 }).draws;
      return steps.map((step) => ["erm", "mixup"].map((arm) => draw.error(arm, step)));
    })(${JSON.stringify(evaluations)})`)) as number[][];
    exact.forEach((errors, e) => {
      errors.forEach((error, r) => {
        expect(Math.abs(runs[r].error[e] - error) / error).toBeLessThan(1e-4);
      });
    });
  });

  it("has a handle whose curve follows the keyboard, and whose step goes into the link", async () => {
    await go(OVER);
    expect(await handle().getAttribute("role")).toBe("slider");
    expect(await handle().getAttribute("aria-valuetext")).toBe("step 316");
    const before = await switched();
    await handle().focus();
    await page.keyboard.press("ArrowLeft");
    expect(await handle().getAttribute("aria-valuenow")).toBe("251");
    expect(await switched()).not.toBe(before);
    expect(await reading()).toContain("ERM from step 251");
    await poll(() => page.url()).toContain("switchAt=251");
    await finished(page);
    // The picture was made anew, and the keyboard is still on the handle.
    await poll(focusedId).toBe("step-handle");
    await page.keyboard.press("PageDown");
    await page.keyboard.press("PageDown");
    await poll(() => page.url()).toContain("switchAt=3&");
    await page.keyboard.press("End");
    expect(await handle().getAttribute("aria-valuetext")).toBe("never");
    expect(await switched()).toBe("");
    await poll(() => page.url()).toContain("switchAt=0&");
    await finished(page);
    // Nets are switched where the handle is.
    await page.getByLabel("ERM from step", { exact: true }).fill("12");
    await page.keyboard.press("Enter");
    await poll(() => handle().getAttribute("aria-valuetext")).toBe("step 12");
    await finished(page);
    const { runs } = await exportedJson(page);
    expect(runs[2].error.slice(0, 12)).toEqual(runs[1].error.slice(0, 12));
    expect(runs[2].error[12]).not.toBe(runs[1].error[12]);
  });

  it("follows a mouse on its way, and a finger, and changes the link where it is let go", async () => {
    await go(OVER);
    const box = (await page.locator("svg.over-training").boundingBox())!;
    const at = (part: number) => [box.x + part * box.width, box.y + 0.5 * box.height] as const;
    const url = page.url();
    await page.mouse.move(...at(0.5));
    await page.mouse.down();
    const seen = new Set<string | null>();
    for (const part of [0.5, 0.6, 0.7, 0.3]) {
      await page.mouse.move(...at(part));
      seen.add(await switched());
    }
    expect(seen.size).toBe(4);
    expect(page.url()).toBe(url);
    await page.mouse.up();
    await poll(() => page.url()).not.toBe(url);
    await finished(page);

    const value = async () => Number(await handle().getAttribute("aria-valuenow"));
    const start = await value();
    const knob = (await page.locator("#step-handle .knob").boundingBox())!;
    const [x, y] = [knob.x + knob.width / 2, knob.y + knob.height / 2];
    const session = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", dx: number) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: type === "touchEnd" ? [] : [{ x: x + dx, y }],
      });
    await touch("touchStart", 0);
    for (const dx of [20, 60, 120]) await touch("touchMove", dx);
    await poll(value).toBeGreaterThan(start);
    await touch("touchEnd", 120);
    await finished(page);
    await poll(() => page.url()).toContain(`switchAt=${await value()}`);
  });
});

describe("partners with near labels", () => {
  const heat = () => page.locator(".heat").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

  it("are a heat map whose bandwidth is a slider beside it", async () => {
    await go(NEAR);
    expect(await page.locator(".curve-keys li").allTextContents()).toEqual([
      expect.stringMatching(/^ERMerror 0\.\d/),
      expect.stringMatching(/^Mixup, any partnererror 0\.\d/),
      expect.stringMatching(/^C-Mixup, s = 0\.1error 0\.\d/),
      "the curve itself",
    ]);
    const before = await heat();
    const slider = page.locator("#kernel-bandwidth");
    await slider.focus();
    await page.keyboard.press("ArrowRight");
    expect(await heat()).not.toBe(before);
    await poll(() => page.url()).toMatch(/bandwidth=0\.1\d*/);
    await finished(page);
    await poll(focusedId).toBe("kernel-bandwidth");
    expect((await exportedJson(page)).config.bandwidth).toBeGreaterThan(0.1);
    // Any partner: every pair is as likely, and there is nothing to slide.
    await page.getByLabel("Partner", { exact: true }).selectOption("uniform");
    await poll(() => page.locator("#kernel-bandwidth").count()).toBe(0);
    await finished(page);
    const colours = await page.locator(".heat").evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    expect(colours).toBe(1);
  });
});

it("two lambdas: pairs on the diagonal beside pairs all over, and what the library trains", async () => {
  await go(TWO);
  const pairs = async (kind: string) => {
    const path = await page.locator(`.lambda-dots.${kind}`).getAttribute("d");
    return path!
      .split("M")
      .slice(1)
      .map((part) => part.replace("h0", "").split(",").map(Number));
  };
  // On the diagonal of the square: 16 to 126 across, 114 to 6 upwards.
  const off = (all: number[][]) =>
    Math.max(...all.map(([x, y]) => Math.abs((x - 16) / 110 - (114 - y) / 108)));
  expect(off(await pairs("plain"))).toBeLessThan(0.01);
  expect(off(await pairs("mixup"))).toBeGreaterThan(0.2);
  expect(await page.locator(".pair .panel").count()).toBe(3);
  const { runs, evaluations, config } = await exportedJson(page);
  const curves = (await page.evaluate(`(async (config) => {
    const library = await import("/src/index.ts");
    const { labExperiment } = await import("/demo/lab/training/labExperiment.ts");
    const device = await library.openDevice();
    const { curves } = await library.train(device, labExperiment(config).train).result;
    device.destroy();
    return curves;
  })(${JSON.stringify(config)})`)) as { step: number[]; runs: { error: number[] }[] };
  expect(evaluations).toEqual(curves.step);
  runs.forEach((run, r) => {
    expect(run.error).toEqual(curves.runs[r].error.map(Math.fround));
  });
});

it("the long tail: pauses and goes on through both stages, to the same numbers", async () => {
  await go(TAIL);
  const straight = await exportedJson(page);
  expect(straight.evaluations[0]).toBe(20);
  expect(straight.evaluations.at(-1)).toBe(30);
  expect(await page.locator(".tail .label").allTextContents()).toEqual([
    ...["all", "frequent", "rare"],
    ...["all", "frequent", "rare"],
  ]);
  await page.locator("#reset").click();
  await page.locator('#lab[data-status="paused"]').waitFor();
  await page.locator("#step").click();
  await poll(() => page.locator("#step-count").textContent()).toBe("Step 1 of 30");
  expect(await page.locator(".tail .waiting").first().textContent()).toBe("All of the net: step 1 of 20");
  const file = await downloaded(page, "#save");
  await page.locator("#play").click();
  await finished(page);
  expect((await exportedJson(page)).runs).toEqual(straight.runs);
  await page.locator("#open-file").setInputFiles({ name: "a.safetensors", mimeType: "", buffer: file });
  await poll(() => page.locator("#step-count").textContent()).toBe("Step 1 of 30");
  await page.locator("#play").click();
  await finished(page);
  expect((await exportedJson(page)).runs).toEqual(straight.runs);
  const csv = (await downloaded(page, "#export-csv")).toString().split("\n");
  expect(csv[0]).toBe("run,seed,group,step,overall,many,few,head,tail");
});

describe("options", () => {
  it("stand under More, in the link, and say in place what can't be", async () => {
    await go("#v=1&preset=moons&points=20&units=8&steps=20&seeds=1");
    const more = page.locator(".more");
    expect(await more.getAttribute("open")).toBeNull();
    await more.locator("summary").click();
    await page.getByLabel("What is mixed", { exact: true }).selectOption("hidden");
    await poll(() => page.url()).toContain("geometry=hidden");
    await finished(page);
    await page.getByLabel("η beside clean", { exact: true }).fill("1");
    await page.keyboard.press("Enter");
    const note = page.locator("#field-geometry-note");
    await poll(() => note.textContent()).toContain("beside an unmixed batch");
    expect(await page.locator("#field-geometry").getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator("#lab").getAttribute("data-status")).toBe("failed");
    // What is wrong is mended where it stands.
    await page.getByLabel("What is mixed", { exact: true }).selectOption("blend");
    await finished(page);
    expect(await note.textContent()).toBe("");
    await page.getByLabel("Smoothing", { exact: true }).fill("0.1");
    await page.keyboard.press("Enter");
    await page.getByLabel("ERM from step", { exact: true }).fill("20");
    await page.keyboard.press("Enter");
    await poll(() => page.locator("#field-switchAt-note").textContent()).toContain("a step of the training");
    await page.getByLabel("ERM from step", { exact: true }).fill("10");
    await page.keyboard.press("Enter");
    await finished(page);
    const hash = new URL(page.url()).hash;
    expect(hash).toBe(
      "#v=2&preset=moons&points=20&eta=1&smoothing=0.1&switchAt=10&units=8&steps=20&seeds=1&live=1",
    );
    expect(await more.locator("summary").textContent()).toContain("3 set");
    const first = await exportedJson(page);
    await go("#v=1&steps=1&seeds=1&units=8");
    await go(hash);
    expect(await more.getAttribute("open")).not.toBeNull();
    expect((await exportedJson(page)).runs).toEqual(first.runs);
  });

  it("that need other data can't be chosen", async () => {
    await go("#v=1&units=8&steps=5&seeds=1");
    const disabled = (name: string) =>
      page
        .locator(`#field-${name} option:disabled`)
        .evaluateAll((all) => all.map((one) => one.getAttribute("value")));
    expect(await disabled("pairing")).toEqual(["label-kernel"]);
    expect(await disabled("geometry")).toEqual(["cutmix"]);
    await go(NEAR);
    expect(await disabled("pairing")).toEqual(["same-class", "other-class"]);
  });
});

describe("numbers of one's own", () => {
  it("are learned where somebody says so, on the line and in the plane", async () => {
    await go("#v=1&preset=own&units=8&steps=20&seeds=1");
    await page.locator("#csv").fill("x,y\n0,0.5\n1,1.25\n2,-3\n3,4\n4,5.5");
    await page.locator("#csv-use").click();
    expect(await page.locator("#csv-note").textContent()).toContain("choose “numbers” above");
    await page.getByLabel("To learn", { exact: true }).selectOption("numbers");
    await finished(page);
    await page.locator("#csv-use").click();
    await poll(() => page.url()).toContain("own=0,0.5;1,1.25;2,-3;3,4;4,5.5&target=numbers");
    await finished(page);
    const json = (await exportedJson(page)) as unknown as {
      data: { targets: number[] };
      runs: { error: number[]; loss: number[]; atTrainingPoints: number[] }[];
    };
    expect(json.data.targets).toEqual([0.5, 1.25, -3, 4, 5.5]);
    for (const { error, loss, atTrainingPoints } of json.runs) {
      const square = atTrainingPoints.reduce((sum, out, n) => sum + (out - json.data.targets[n]) ** 2, 0) / 5;
      expect(error.at(-1)).toBeCloseTo(Math.sqrt(square), 4);
      expect(loss.at(-1)).toBeCloseTo(square, 3);
    }
    expect(await page.locator("#overlay").isHidden()).toBe(true);
    await page.locator("#csv").fill("a,b,c\n0,0,1\n1,0,2\n0,1,3\n1,1,9");
    await page.locator("#csv-use").click();
    await poll(() => page.url()).toContain("own=0,0,1;1,0,2;0,1,3;1,1,9");
    await finished(page);
    expect(await page.locator(".pair .panel").count()).toBe(2);
    expect(await page.locator(".panel-error").first().textContent()).toMatch(/^error [\d.]+$/);
    // Back to classes: these are none.
    await page.getByLabel("To learn", { exact: true }).selectOption("classes");
    await finished(page);
    expect(page.url()).not.toContain("target");
    expect(await page.locator("#notice").isHidden()).toBe(true);
  });

  it("are swept, and have no surface", async () => {
    const own = "own=0,0.5;1,1.25;2,-3&target=numbers";
    await go(`#v=1&preset=own&${own}&units=4&steps=5&view=sweep`);
    expect(await page.locator(".sweep .panel").count()).toBe(16);
    await go(`#v=1&preset=own&${own}&units=4&steps=5&seeds=1&view=surface`);
    await poll(() => page.locator(".scene .notice").textContent()).toContain("these labels are numbers");
  });
});

describe("exports", () => {
  it.each([
    ["over-training", OVER, ["test error", "turn", "Mixup, ERM from step 316"]],
    ["C-Mixup", NEAR, ["C-Mixup, s = 0.1", "label of the partner j", "the curve itself"]],
    ["C-Mixup, swept", `${NEAR}&view=sweep`, ["mean of 8 nets"]],
    [
      "own numbers in the plane",
      "#v=1&preset=own&own=0,0,1;1,0,2;0,1,3&target=numbers&steps=5&seeds=1",
      ["label 3"],
    ],
    ["two lambdas", TWO, ["Mixup, one λ", "Mixup, two λ"]],
    ["a long tail", TAIL, ["the four rarest", "step of the second stage"]],
  ] as const)("%s as a figure", async (_, hash, words) => {
    await go(hash);
    const svg = (await downloaded(page, "#export-svg")).toString();
    expect(svg.replaceAll(/data:[^"]*/g, "")).not.toMatch(/var\(|NaN|undefined|Infinity|&nbsp;/);
    const text = svg.replaceAll(/<[^>]*>/g, "\n").replaceAll(/\n+/g, "\n");
    for (const word of words) expect(text).toContain(word);
    expect(text.replaceAll("\n", " ")).toMatch(/Data: .* Net: .* Seeds? 0/);
  });
});

it.each([
  ["light", 1440, OVER],
  ["dark", 390, OVER],
  ["dark", 1440, NEAR],
  ["light", 390, NEAR],
  ["light", 390, TWO],
  ["light", 1440, TAIL],
  ["dark", 390, TAIL],
  ["dark", 390, "#v=1&preset=own&own=0,0,1;1,0,2;0,1,3&target=numbers&steps=5&seeds=1"],
] as const)("has no serious accessibility violation: %s, %i px, %s", async (colorScheme, width, hash) => {
  await expectAccessible(page, hash, { colorScheme, width });
});
