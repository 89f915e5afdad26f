/**
 * A net unrolled: operations in order, the shapes between them, and where parameters and state lie, under PyTorch's names.
 * A pure function of the description. Reference, planner, executors, initialisation and files read this; none of them
 * walks layers.
 *
 * Not here: what an operation computes (`reference/layers/`, `kernels/layers/`).
 */

import { ConfigError } from "../errors.ts";
import { LAYER_KINDS } from "./layers/kinds.ts";
import {
  type InitialValues,
  type Layer,
  type Model,
  type OperationRequest,
  sizeOf,
  type TensorRequest,
  type Tracer,
} from "./layers/layer.ts";

/** One tensor's place in a flat vector. */
export interface TensorLayout {
  /** Such as `conv1.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
  readonly initial: InitialValues;
}

/** Tensors one after the other in one flat vector of `size` numbers. */
export interface Layout {
  readonly tensors: readonly TensorLayout[];
  readonly size: number;
}

/** One step of a net's computation, of values that were computed before. */
export interface Operation {
  readonly kind: string;
  /** Of the layer it belongs to. */
  readonly name: string;
  readonly layer: Layer;
  /** Values it reads. */
  readonly inputs: readonly number[];
  /** The value it computes. */
  readonly output: number;
  /** Its tensors by their own names: `weight`, `bias`. */
  readonly parameters: Readonly<Record<string, TensorLayout>>;
  /** `running_mean` and so on. */
  readonly state: Readonly<Record<string, TensorLayout>>;
}

export interface Trace {
  /** Shape of each value for one sample; value 0 is the net's input. */
  readonly shapes: readonly (readonly number[])[];
  /** In an order in which they can be computed. */
  readonly operations: readonly Operation[];
  /** Outputs of the net, C: its logits are the last value. */
  readonly outputs: number;
  /** Trained, P numbers. */
  readonly parameters: Layout;
  /** Kept beside them, such as running statistics. */
  readonly state: Layout;
}

/**
 * Mixing of hidden values: after which layers, "input" for the net's input, and how partners come there.
 * - `one`: one pass of the batch, partners are other rows of it (the public codes of Manifold Mixup);
 * - `two`: between mixing points the firsts go through the layers, then the partners, each as a batch of its own;
 * - `partner-first`: the partners go through the whole net, then the firsts (the paper's authors' wrapper).
 */
export interface HiddenMixing {
  readonly after: readonly string[];
  readonly passes: "one" | "two" | "partner-first";
}

/** Kinds of operations that no layer describes. */
export const HIDDEN_MIX = "hiddenMix";
export const PARTNER_INPUT = "partnerInput";

/** Layer of a {@link HIDDEN_MIX} operation: it mixes at the `place`-th of the places there are. */
export interface HiddenMix extends Layer {
  readonly kind: typeof HIDDEN_MIX;
  readonly place: number;
}

/** Names of a net's own layers, in order: places where hidden values may be mixed. */
export function layerNames({ layers }: Model): string[] {
  return layers.map((layer, l) => layer.name ?? String(l));
}

const traces = new WeakMap<Model, Map<string, Trace>>();

/**
 * The trace of a net, of one that mixes hidden values if so asked; the same object for the same model.
 * @throws ConfigError naming the layer whose input does not fit it.
 */
export function traceModel(model: Model, hidden?: HiddenMixing, path = "model"): Trace {
  const known = traces.get(model) ?? new Map<string, Trace>();
  traces.set(model, known);
  const key = JSON.stringify(hidden ?? "");
  let trace = known.get(key);
  if (trace === undefined) {
    const plain = hidden === undefined ? undefined : traceModel(model, undefined, path);
    trace = new TraceBuilder(model, path, plain).build(hidden);
    known.set(key, trace);
  }
  return trace;
}

/** Follows a net's layers and takes down what they do. */
class TraceBuilder implements Tracer {
  private readonly shapes: (readonly number[])[];
  private readonly operations: Operation[] = [];
  private readonly parameters = new LayoutBuilder();
  private readonly state = new LayoutBuilder();
  private weights = 0;

  constructor(
    private readonly model: Model,
    private readonly path: string,
    /** Of the same net; passes that go through the same layers share its parameters. */
    private readonly plain?: Trace,
  ) {
    this.shapes = [model.inputShape];
  }

  build(hidden?: HiddenMixing): Trace {
    const { shapes, operations } = this;
    const last = hidden === undefined ? this.segment(0, this.model.layers.length, 0) : this.mixing(hidden);
    const shape = shapes[last];
    if (shape.length !== 1) {
      throw new ConfigError(
        `${this.path}.layers[${this.model.layers.length - 1}]`,
        `the net ends in shape [${shape}], but needs one number for each class: add globalAveragePool() or flatten(), and dense().`,
      );
    }
    const parameters = this.plain?.parameters ?? this.parameters;
    const state = this.plain?.state ?? this.state;
    return { shapes, operations, outputs: shape[0], parameters, state };
  }

  shape(value: number): readonly number[] {
    return this.shapes[value];
  }

  operation({ kind, name, layer, inputs, shape, ...stored }: OperationRequest): number {
    const output = this.shapes.push(shape) - 1;
    this.operations.push({
      kind,
      name,
      layer,
      inputs,
      output,
      parameters: this.stored("parameters", name, stored.parameters),
      state: this.stored("state", name, stored.state),
    });
    return output;
  }

  layers(path: string, prefix: string, layers: readonly Layer[], input: number, first = 0): number {
    return layers.reduce((value, layer, l) => {
      const name = prefix + (layer.name ?? first + l);
      return LAYER_KINDS.get(layer.kind)!.trace(this, layer, value, name, `${path}[${first + l}]`);
    }, input);
  }

  weightStreams(): { weight: number; bias: number } {
    const weight = 2 * this.weights++;
    return { weight, bias: weight + 1 };
  }

  /** An operation's tensors by their own names. */
  private stored(
    kind: "parameters" | "state",
    layer: string,
    requests: readonly TensorRequest[] = [],
  ): Readonly<Record<string, TensorLayout>> {
    const known = this.plain?.[kind].tensors;
    return Object.fromEntries(
      requests.map((request) => {
        const name = `${layer}.${request.name}`;
        const tensor = known?.find((tensor) => tensor.name === name) ?? this[kind].place(name, request);
        if (tensor === undefined) {
          throw new ConfigError(
            `${this.path}.layers`,
            `two layers are named "${layer}". Give each its own name.`,
          );
        }
        return [request.name, tensor];
      }),
    );
  }

  /** Layers `from` to `to` of the net's list. */
  private segment(from: number, to: number, input: number): number {
    return this.layers(`${this.path}.layers`, "", this.model.layers.slice(from, to), input, from);
  }

  private mixing({ after, passes }: HiddenMixing): number {
    const { layers } = this.model;
    const ends = after.map((name) => (name === "input" ? 0 : layerNames(this.model).indexOf(name) + 1));
    const places = ends.map((end, place) => ({ end, place })).sort((a, b) => a.end - b.end);
    const mix = (inputs: readonly number[], place: number) => {
      const layer: HiddenMix = { kind: HIDDEN_MIX, place };
      const name = `${HIDDEN_MIX}.${after[place]}`;
      return this.operation({ kind: HIDDEN_MIX, name, layer, inputs, shape: this.shapes[inputs[0]] });
    };
    let value = 0;
    if (passes === "one") {
      places.forEach(({ end, place }, i) => {
        value = mix([this.segment(places[i - 1]?.end ?? 0, end, value)], place);
      });
      return this.segment(places[places.length - 1].end, layers.length, value);
    }
    let partner = this.operation({
      kind: PARTNER_INPUT,
      name: PARTNER_INPUT,
      layer: { kind: PARTNER_INPUT },
      inputs: [],
      shape: this.model.inputShape,
    });
    const partners: number[] = [];
    let done = 0;
    const passPartners = (end: number) => {
      partner = this.segment(done, end, partner);
      done = end;
      return partner;
    };
    if (passes === "partner-first") {
      for (const { end } of places) partners.push(passPartners(end));
      passPartners(layers.length);
    }
    places.forEach(({ end, place }, i) => {
      value = this.segment(places[i - 1]?.end ?? 0, end, value);
      value = mix([value, partners[i] ?? passPartners(end)], place);
    });
    return this.segment(places[places.length - 1].end, layers.length, value);
  }
}

class LayoutBuilder implements Layout {
  readonly tensors: TensorLayout[] = [];
  size = 0;
  private readonly names = new Set<string>();

  /** The tensor behind those before; undefined if its name is taken. */
  place(name: string, { shape, initial }: TensorRequest): TensorLayout | undefined {
    if (this.names.has(name)) return undefined;
    this.names.add(name);
    const tensor = { name, shape, initial, offset: this.size, size: sizeOf(shape) };
    this.size += tensor.size;
    this.tensors.push(tensor);
    return tensor;
  }
}
