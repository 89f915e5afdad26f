/**
 * What the front page shows, and its picture for links: the lab's first experiment trained once for ERM and for every power of
 * two of alpha, on the CPU. Writes `demo/front/record.json` and `demo/public/social.png`: `node tools/frontRecord.mjs`, a
 * minute or two; `node tools/frontRecord.mjs picture` draws the picture anew.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openSources, ROOT } from "./sources.mjs";

const RECORD = join(ROOT, "demo/front/record.json");
const [UNITS, SEEDS, STEPS, RATE] = [64, 8, 1500, 0.005];
const EPSILON = 0.14;
const [LOW, HIGH, COLUMNS] = [-0.3, 2.3, 66];

const { vite, close } = await openSources();
try {
  if (process.argv[2] !== "picture") await record();
  await picture();
} finally {
  await close();
}

async function record() {
  const library = await vite.ssrLoadModule("/src/index.ts");
  const { adam, alternatingLine, beta, erm, grid, mixup, mlp, openDevice, optimalClassifier, range, train } =
    library;
  const data = alternatingLine({ points: 3, classes: 2 });
  const alphas = range(15).map((k) => 2 ** (k - 4));
  const laws = [erm(), ...alphas.map((alpha) => mixup(beta(alpha)))];
  const points = range(COLUMNS + 1).map((i) => LOW + ((HIGH - LOW) * i) / COLUMNS);
  const device = await openDevice({ backend: "cpu" });
  const training = train(device, {
    data,
    model: mlp([1, UNITS, 2], { activation: "relu" }),
    optimizer: adam({ learningRate: RATE }),
    steps: STEPS,
    batch: "full",
    evaluateEvery: 250,
    probePoints: points,
    runs: grid({ seed: range(SEEDS), mixing: laws }),
  });
  for await (const { step } of training) process.stdout.write(`\r${step} of ${STEPS} steps`);
  const { runs } = await training.result;
  process.stdout.write("\n");
  const short = (value) => Number(value.toFixed(3));
  const curves = laws.map((_, law) => {
    const rows = runs
      .slice(law * SEEDS, (law + 1) * SEEDS)
      .map(({ probabilities }) => points.map((_, i) => probabilities[2 * i + 1]));
    const over = (of) => points.map((_, i) => short(of(rows.map((row) => row[i]))));
    return {
      mean: over((values) => values.reduce((sum, value) => sum + value / SEEDS, 0)),
      least: over((values) => Math.min(...values)),
      largest: over((values) => Math.max(...values)),
    };
  });
  const optimal = alphas.map((alpha) => {
    const { probabilities, mass } = optimalClassifier({
      data,
      laws: [beta(alpha)],
      epsilons: [EPSILON],
      queries: points,
    });
    // Where no mixture comes near there is nothing to say.
    return points.map((_, i) => (mass[i] === 0 ? null : short(probabilities[2 * i + 1])));
  });
  const [plain, ...mixed] = curves;
  const laws16 = alphas.map((alpha, k) => ({ alpha, ...mixed[k], optimal: optimal[k] }));
  await writeFile(
    RECORD,
    `${JSON.stringify({ units: UNITS, seeds: SEEDS, steps: STEPS, rate: RATE, epsilon: EPSILON, points: points.map(short), erm: plain, mixup: laws16 })}\n`,
  );
}

/** A card of 1200 x 630 pixels: the sentence, and ERM beside Mixup at alpha 32. */
async function picture() {
  const { toPng } = await vite.ssrLoadModule("/src/report/draw.ts");
  const { points, erm, mixup } = JSON.parse(await readFile(RECORD, "utf8"));
  const at = mixup.find(({ alpha }) => alpha === 32);
  const [paper, ink, soft, rule, accent, blue, orange, bad] = [
    "#ffffff",
    "#1a202b",
    "#535c6b",
    "#dde1e8",
    "#5a3fc7",
    "#1f6fb8",
    "#d9730d",
    "#b3261e",
  ];
  const plot = (left, title, colour, { mean, least, largest }, optimal, misses) => {
    const x = (value) => (left + ((value + 0.3) / 2.6) * 250).toFixed(1);
    const y = (value) => (255 - value * 170).toFixed(1);
    const path = (values) =>
      values
        .map((value, i) =>
          value === null ? "" : `${values[i - 1] == null ? "M" : "L"}${x(points[i])},${y(value)}`,
        )
        .join("");
    const band = `${path(largest)}L${points
      .map((_, i) => points.length - 1 - i)
      .map((i) => `${x(points[i])},${y(least[i])}`)
      .join("L")}Z`;
    return [
      `<text x="${left}" y="62" font-size="13" font-weight="bold" fill="${colour}">${title}</text>`,
      ...[0, 0.5, 1].map((value) => `<path d="M${left},${y(value)}h250" stroke="${rule}"/>`),
      `<path d="${band}" fill="${colour}" fill-opacity="0.14"/>`,
      optimal
        ? `<path d="${path(optimal)}" fill="none" stroke="${ink}" stroke-width="1.4" stroke-dasharray="4 3"/>`
        : "",
      `<path d="${path(mean)}" fill="none" stroke="${colour}" stroke-width="2.6"/>`,
      ...[0, 2].map((value) => `<circle cx="${x(value)}" cy="${y(0)}" r="5.5" fill="${blue}"/>`),
      `<rect x="${Number(x(1)) - 5}" y="${Number(y(1)) - 5}" width="10" height="10" fill="${orange}"/>`,
      misses
        ? `<circle cx="${x(1)}" cy="${y(1)}" r="11" fill="none" stroke="${bad}" stroke-width="1.8"/>`
        : "",
    ].join("");
  };
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="315" viewBox="0 0 600 315" font-family="DejaVu Sans">` +
    `<rect width="600" height="315" fill="${paper}"/>` +
    `<text x="32" y="37" font-size="17" font-weight="bold" fill="${ink}">When Mixup fails: see it train, in your browser</text>` +
    plot(32, "ERM fits all three points", ink, erm, undefined, false) +
    plot(318, "Mixup, α = 32, misses one", accent, at, at.optimal, true) +
    `<text x="32" y="290" font-size="12" fill="${soft}">mixup-webgpu: whole populations of nets on the GPU, the theory drawn beside them</text>` +
    "</svg>";
  const folder = join(ROOT, "demo/public");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "social.png"), await toPng(svg));
}
