/** Unrolled WGSL means what it meant: as text, and by running it. */

import { describe, expect, it } from "vitest";
import { openWebGpu } from "../../src/gpu/device.ts";
import { bind, compileKernel } from "../../src/gpu/kernel.ts";
import { readBuffer } from "../../src/gpu/readback.ts";
import { unrollLoops } from "../../src/gpu/unroll.ts";

/** Without what does not matter between tokens. */
function compact(code: string): string {
  return code.replace(/\s+/g, " ").trim();
}

function loops(code: string): number {
  return code.match(/\bfor\b/g)?.length ?? 0;
}

describe("unrollLoops, as text", () => {
  it("repeats a body once a round, in its own scope", () => {
    const code = "a; for (var i = 0u; i < 3u; i++) { x[i] = i + indent; } b;";
    expect(compact(unrollLoops(code, {}))).toBe(
      "a; { x[0u] = 0u + indent; } { x[1u] = 1u + indent; } { x[2u] = 2u + indent; } b;",
    );
  });

  it("drops a loop of no rounds", () => {
    expect(compact(unrollLoops("a; for (var i = 0u; i < NONE; i++) { x[i] = 1; } b;", { NONE: 0 }))).toBe(
      "a; b;",
    );
  });

  it("decides branches of constants alone, with or without blanks", () => {
    const decided = (condition: string) =>
      compact(unrollLoops(`a; if (${condition}) { b; } c;`, { MODE: 2, STRIDE: 3 }));
    for (const holds of ["MODE == 2u", "MODE != 1u && 7u % STRIDE == 1u", "(MODE + 4u) / STRIDE == 2u"])
      expect(decided(holds), holds).toBe("a; { b; } c;");
    for (const fails of ["MODE == 1u", "x == 1u && MODE == 1u"]) expect(decided(fails), fails).toBe("a; c;");
    for (const open of [
      "x == 1u",
      "MODE < 3u",
      "MODE == 2u || x == 1u",
      "MODE == 2u && x == 1u",
      "!(MODE == 2u)",
    ])
      expect(decided(open), open).toBe(`a; if (${open}) { b; } c;`);
    expect(unrollLoops("if(MODE==1u){b;}c;", { MODE: 2 })).toBe("c;");
    const other = "if (MODE == 1u) { b; } else if (MODE == 2u) { c; } d;";
    expect(compact(unrollLoops(other, { MODE: 2 }))).toBe(other);
    const inLoop = "for (var i = 0u; i < 3u; i++) { if (i % 2u == 0u) { f(i); } }";
    expect(compact(unrollLoops(inLoop, {})).match(/f\([^)]*\)/g)).toEqual(["f(0u)", "f(2u)"]);
  });

  it("unrolls nested loops, whose bounds may be the outer variable", () => {
    const code = "for (var i = 0u; i < N; i++) { for (var j = 0u; j < i; j++) { f(i, j); } }";
    expect(compact(unrollLoops(code, { N: 3 })).match(/f\([^)]*\)/g)).toEqual([
      "f(1u, 0u)",
      "f(2u, 0u)",
      "f(2u, 1u)",
    ]);
  });

  it("knows constants that follow from others, in any order", () => {
    const code =
      "const TOTAL: u32 = GROUPS * PER_GROUP;\nconst PER_GROUP: u32 = (SIZE + 3u) / 4u - 1u;\n" +
      "for (var i = 0u; i < TOTAL; i++) { f(i); }";
    const unrolled = unrollLoops(code, { GROUPS: 2, SIZE: 10 });
    expect(loops(unrolled)).toBe(0);
    expect(unrolled.match(/f\(\du\)/g)).toEqual(["f(0u)", "f(1u)", "f(2u)", "f(3u)"]);
  });

  it("needs no blanks", () => {
    const code = "const TOTAL:u32=N+1u;\nfor(var i=0u;i<TOTAL;i++){f(i);}";
    expect(unrollLoops(code, { N: 1 }).match(/f\(\du\)/g)).toEqual(["f(0u)", "f(1u)"]);
  });

  it("keeps loops that it does not know the rounds of", () => {
    for (const bound of ["n", "N + n", "size(3u)", "N - 4u", "1.5", "0x4u", "N;", "-1"]) {
      const code = `for (var i = 0u; i < ${bound}; i++) { f(i); }`;
      expect(unrollLoops(code, { N: 3 }), bound).toBe(code);
    }
  });

  it("keeps loops of another form", () => {
    for (const head of [
      "var i = 1u; i < 3u; i++",
      "var i = 0u; i <= 3u; i++",
      "var i = 0u; i < 3u; i += 2u",
    ]) {
      const code = `for (${head}) { f(i); }`;
      expect(unrollLoops(code, {}), head).toBe(code);
    }
  });

  it("keeps a loop that is left early, but unrolls what is inside", () => {
    for (const jump of ["break", "continue"]) {
      const inner = "for (var j = 0u; j < 2u; j++) { f(i, j); }";
      const code = `for (var i = 0u; i < 3u; i++) { if (stop(i)) { ${jump}; } ${inner} }`;
      const unrolled = unrollLoops(code, {});
      expect(loops(unrolled)).toBe(1);
      expect(unrolled).toContain(`${jump};`);
      expect(unrolled.match(/f\([^)]*\)/g)).toEqual(["f(i, 0u)", "f(i, 1u)"]);
    }
  });

  it("counts at their end loops of more rounds than the limit, and those of the constants it is told", () => {
    const code = "for (var i = 0u; i < N; i++) { f(i); }";
    const counted = "{ var i = 0u; loop { f(i); continuing { i++; break if i >= N; } } }";
    const unrolled = (n: number, rolled?: string[], limit?: number) =>
      compact(unrollLoops(code, { N: n }, rolled, limit));
    expect(unrolled(2)).toBe("{ f(0u); } { f(1u); }");
    expect(unrolled(5, [], 5)).not.toContain("loop");
    expect(unrolled(6, [], 5)).toBe(counted);
    expect(unrolled(32)).not.toContain("loop");
    expect(unrolled(33)).toBe(counted);
    expect(unrolled(2, ["N"])).toBe(counted);
    // What has one round needs no loop, what has none must have none.
    expect(unrolled(1, ["N"])).toBe("{ f(0u); }");
    expect(unrolled(0, ["N"])).toBe("");
    const derived = "const M: u32 = N + 1u; for (var i = 0u; i < M; i++) { f(i); }";
    expect(unrollLoops(derived, { N: 2 }, ["N"])).toContain("break if i >= M;");
  });

  it("tells names apart that contain the variable's", () => {
    const code = "for (var i = 0u; i < 1u; i++) { index + i1 + a_i + i; }";
    expect(compact(unrollLoops(code, {}))).toBe("{ index + i1 + a_i + 0u; }");
  });
});

/** Loops of every kind; the result depends on every round and on their order. */
const TOY = `
const ROWS: u32 = SIZE + 1u;
const CELLS: u32 = ROWS * SIZE;
@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
var<private> cells: array<u32, CELLS>;
fn mixed(a: u32, b: u32) -> u32 { return (a ^ b) * 0x9e3779b9u + 1u; }
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3u) {
  var state = group.x;
  for (var row = 0u; row < ROWS; row++) {
    for (var column = 0u; column < SIZE; column++) {
      let at = row * SIZE + column;
      state = mixed(state, at);
      cells[at] = state;
      for (var k = 0u; k < row; k++) { state = mixed(state, cells[k * SIZE + column]); }
    }
    if (state % 2u == 0u) { state += row; }
  }
  for (var i = 0u; i < SIZE; i++) {
    if (cells[i] % 3u == 0u) { continue; }
    state = mixed(state, cells[i]);
  }
  for (var i = 0u; i < CELLS; i++) {
    if (cells[i] % 5u == 0u) { break; }
    state = mixed(state, i);
  }
  var i = state;
  for (var j = 0u; j < group.x % 3u; j++) { i = mixed(i, j); }
  numbers[group.x] = i;
}
`;

describe("unrollLoops, by running", () => {
  it("a kernel computes the same with and without", async () => {
    const device = await openWebGpu();
    const groups = 65;
    const results: Uint32Array[] = [];
    const unrolled = unrollLoops(TOY, { SIZE: 3 });
    expect(loops(unrolled)).toBeLessThan(loops(TOY));
    const counted = unrollLoops(TOY, { SIZE: 3 }, ["SIZE"]);
    expect(counted).toContain("break if");
    // Without a prelude, compileKernel leaves the loops alone.
    for (const [name, code] of [
      ["rolled", `const SIZE: u32 = 3;\n${TOY}`],
      ["unrolled", `const SIZE: u32 = 3;\n${unrolled}`],
      ["counted at their ends", `const SIZE: u32 = 3;\n${counted}`],
    ]) {
      const pipeline = await compileKernel(device, {
        shader: { name, code: [code], prelude: [] },
        groups: [["write"]],
      });
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
      const memory = await device.memory.allocate(name, { numbers: { size: 4 * groups, usage } });
      const encoder = device.gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bind(device, pipeline, 0, [memory.buffers.numbers]));
      pass.dispatchWorkgroups(groups);
      pass.end();
      device.gpu.queue.submit([encoder.finish()]);
      results.push(new Uint32Array(await readBuffer(device, memory.buffers.numbers)).slice(0, groups));
    }
    device.destroy();
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    expect(new Set(results[0]).size).toBe(groups);
  });
});
