/** What the lab says in words and numbers that depend on what is shown. */

import type { LabConfig } from "../state/fields.ts";
import { shownView } from "../state/presets.ts";
import type { Experiment } from "../training/experiment.ts";
import { shortNumber } from "../training/mixings.ts";

/** What the pictures mean. */
export function caption(config: LabConfig, experiment: Experiment): string {
  const { seeds } = config;
  const { picture, groups, train } = experiment;
  const view = shownView(config);
  const nets = seeds === 1 ? "one net" : `${seeds} nets`;
  if (view === "sweep")
    return `${groups.length} values of α, ${groups[0].runs} nets each, all ${train.runs.length} trained at once. Choose one to open it.`;
  if (view === "surface")
    return "Height and colour: the probability of class 1, computed and drawn on the GPU. Drag or use the arrow keys to turn it.";
  if (view === "landscape")
    return "Loss on the training points around one net, along two random directions scaled filter by filter.";
  switch (picture) {
    case "fit":
      return `Left: outputs over x; bold: mean of ${nets}, thin: every net${experiment.isTested ? "; errors are distances to the curve itself" : ""}. Mixed points rain in as the last law’s first net sees them. Right: how likely each partner is: the stronger the colour, the likelier.`;
    case "field":
      return `Colour: mean output over ${nets} of each kind, blue where it is low and orange where it is high, as the points’ own labels are; lines: levels of the mean, thin: every net’s middle level. Mixed points rain in as the first Mixup net sees them.`;
    case "over-training":
      return `Lines: the closed form, bold the mean over ${seeds === 1 ? "one draw" : `${seeds} draws`} of the points, thin each draw; errors are measured on 500 fresh points, on which the turn is read, too (in use it has to be read on validation points). Dots: nets with a frozen first layer, trained here and now on all pairs of the first draw, whose curves are a little darker.`;
    case "long-tail":
      return `Bold: mean over ${seeds === 1 ? "one draw" : `${seeds} draws`} of the images; bands: from the least to the largest. 0 is the net after its first stage. ${Math.min(600, experiment.longTail!.splits[0].splits.test.length)} fresh images of each draw are asked. Balanced weights and ordinary smoothing get as far (npm run reproduce -- long-tail): no gain over them is claimed.`;
    case "mixing": {
      const { mixtures, isFitted } = experiment.mixtures!;
      const held = isFitted.filter((own) => !own).length;
      return `The same digit at each corner, as its domain has it. Colour and lines: the weighted loss on validation images that the laws predict; points are filled by what ${nets} of each mixture have, on the same scale. All ${train.runs.length} nets on ${mixtures.length} mixtures train at once; laws are fitted to ${mixtures.length - held} and judged by the other ${held}. Legs of the handle are its shares. With 36 mixtures, four nets each and nets on the named mixture as a proof: npm run reproduce -- mixing-laws.`;
    }
    case "policies": {
      const { last, asked } = experiment.policies!;
      return `Areas: share of each domain in the policy that draws the next step’s batch, mean over ${nets} of each kind; junk: the last domain’s share in the second half so far. The first domain has two classes only, the last ${last}${last === "random labels" ? ", from which nothing can be learnt" : ""}. The loss on the right is that on ${asked === 4 ? "all four domains" : "the three that can be learnt"}. All rewards, both kinds of junk and six nets each: npm run reproduce -- online-mixing.`;
    }
    case "fair-weights": {
      const [{ parts }] = experiment.fairWeights!.draws;
      const [clean, test] = [parts.grouped, parts.test].map(({ labels }) =>
        labels.length.toLocaleString("en"),
      );
      return `The first of ${seeds === 1 ? "one draw" : `${seeds} draws`}: the area of a mark is its weight, and all weights have the same sum; curves are means over the draws, bands from the least to the largest. Weights are learnt by ${clean} points whose groups are known and whose labels are right, which are not shown; accuracy and gap are measured on ${test} fresh ones, right as well. The gap: how far the groups’ true positive rates lie apart. Computed in float64 on the processor; with five features and ten draws, and with the derivatives checked on the device: npm run reproduce -- fair-weights.`;
    }
    case "merging": {
      const { domains, draws } = experiment.merging!;
      const [{ training, validation }] = draws;
      const all = 2 * domains.length * draws.length;
      return `A cell: loss, on ${validation[0].length} validation images of each of its two domains, of the net whose parameters are the mean of two nets, each trained on one domain; on the diagonal one net on its own domain, nothing merged. Mean over ${seeds === 1 ? "one draw" : `${seeds} draws`} of ${training[0].length} training images; ${all} nets train at once, and what is merged is measured beside them. Both sides are trained alike and differ in what they begin with. Weights that are saved are those of a draw’s net of plain digits. Larger nets, all validation images, more draws, sets of three and nets trained on the unions: npm run reproduce -- merging.`;
    }
    case "line":
      return `Bold: mean of ${nets}; thin: every net. Ringed points are misclassified by most nets. Mixed points rain in where their mixed label puts them, as the first Mixup net sees them.`;
    case "plane":
      if (groups.length > 2)
        return `Colour: mean probability over ${nets} of each kind; errors on 500 fresh points. The squares: λ of the points across, λ of the labels upwards, of each pair that was mixed. Mixed points rain in with the colour of their mixed label.`;
      return `Colour: mean probability over ${nets} of each kind. Bold: boundary of the mean; thin: of every net.${experiment.showsMargin ? " The short line: the margin, from a point to the mean’s boundary." : ""} Ringed points are misclassified by most nets. Mixed points rain in as the first Mixup net sees them.`;
    case "images":
      return `Above: images as the first net of each kind is trained on them now; they fall into its first layer. Below: training images, unmixed, that ${seeds === 1 ? "the net" : `any of ${nets}`} of each kind takes for another class${seeds === 1 ? "" : "; ringed: most of them do"}. The Mixup-optimal classifier is a function of all pixels here, and can't be drawn.`;
  }
}

/** The slider's 200 places, on a logarithmic scale from 0.01 to 2. */
export function sliderToEpsilon(place: number): number {
  return Number(shortNumber(+(0.01 * 200 ** (place / 200)).toPrecision(2)));
}

export function epsilonToSlider(epsilon: number): number {
  return Math.round((200 * Math.log(Math.max(epsilon, 0.01) / 0.01)) / Math.log(200));
}

export function rounded(value: number): string {
  return Math.round(+value.toPrecision(3)).toLocaleString("en");
}

/** Precisely what is missing, and what would help. */
export function noWebGpu(reason: string): string {
  switch (reason) {
    case "no-webgpu":
      return "This browser has no WebGPU (navigator.gpu is missing). A current Chrome or Edge has it.";
    case "insecure-context":
      return "WebGPU needs a secure page: open the lab over https or from localhost.";
    case "no-adapter":
      return "This browser has WebGPU but found no adapter: the GPU may be blocked or its driver too old (chrome://gpu tells).";
    default:
      return "The GPU's adapter refused a device.";
  }
}
