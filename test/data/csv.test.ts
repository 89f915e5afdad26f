/**
 * Tables out of files as the world writes them: what is read, what is said of it, and what is refused with row and column.
 *
 * Not here: random texts and random tables (`test/fuzz/csv.test.ts`).
 */

import { describe, expect, it } from "vitest";
import { readCsv } from "../../src/data/csv.ts";
import { type CsvDatasetOptions, csvDataset } from "../../src/data/csvDataset.ts";
import { classDataset } from "../../src/data/dataset.ts";
import { configErrorPath } from "../configError.ts";

/** Points by rows, labels and names. */
function read(text: string, options?: CsvDatasetOptions) {
  const { data, classNames, featureNames, notes } = csvDataset(text, options);
  const { dimensions: D } = data;
  const points = Array.from({ length: data.size }, (_, n) => [...data.points.subarray(n * D, (n + 1) * D)]);
  return { points, labels: data.labels && [...data.labels], classNames, featureNames, notes };
}

describe("what is read", () => {
  const expected = {
    points: [
      [0.5, 1],
      [-2, 0.25],
    ],
    labels: [0, 1],
    classNames: ["red", "blue"],
  };
  it.each([
    ["commas", "0.5,1,red\n-2,.25,blue"],
    ["a header", "x,y,colour\n0.5,1,red\n-2,.25,blue\n"],
    ["a header of names with digits", "x1,x2,class\n0.5,1,red\n-2,.25,blue\n"],
    ["a header of numbers", "2019,2020,class\n0.5,1,red\n-2,.25,blue\n"],
    ["semicolons, quotes, a byte-order mark and CRLF", '\uFEFF0.5;1;"red"\r\n\r\n-2;0.25;"blue"\r\n'],
    ["tabs", "0.5\t1\tred\n-2\t2.5e-1\tblue"],
    ["blanks", "  0.5   1 red\n -2 .25\t blue \n"],
    ["decimal commas between semicolons", "0,5;1;red\n-2,0;0,25;blue"],
    ["decimal commas between blanks", "0,5 1 red\n-2 0,25 blue", { separator: " ", decimal: "," } as const],
    ["separators after the last cell", "x;y;c;\n0.5;1;red;\n-2;0.25;blue;\n"],
    ["separators after the last cell of the data only", "x,y,c\n0.5,1,red,\n-2,0.25,blue,\n"],
    ["comments", '# made by hand, "roughly\nx,y,c\n0.5,1,red\n# and\n-2,.25,blue'],
    ["an index without a name", ",x,y,c\n0,0.5,1,red\n1,-2,.25,blue"],
    ["an index that the header leaves out", "x,y,c\n1,0.5,1,red\n2,-2,.25,blue"],
    ["an index with a name", "id,x,y,c\n1,0.5,1,red\n2,-2,.25,blue"],
    ["a column of words beside", "name,x,y,c\nann,0.5,1,red\nbob,-2,.25,blue"],
    ["blanks around quotes", '0.5 , 1 , "red"\n -2, .25 ,"blue" '],
  ])("%s", (_, text, options: CsvDatasetOptions = {}) => {
    expect(read(text, options)).toMatchObject(expected);
  });

  it("separators, quotes and line ends in quoted cells", () => {
    const { classNames } = read('1,"red, or ""rose"""\n2,"two\nlines"\n3,"red, or ""rose"""');
    expect(classNames).toEqual(['red, or "rose"', "two\nlines"]);
  });

  it("the columns that are chosen, by name or number, in that order", () => {
    const text = "a,kind,b,c\n1,p,2,3\n4,q,5,6\n7,p,8,9";
    expect(read(text, { features: ["c", 1], label: "kind" })).toMatchObject({
      points: [
        [3, 1],
        [6, 4],
        [9, 7],
      ],
      labels: [0, 1, 0],
      featureNames: ["c", "a"],
      classNames: ["p", "q"],
    });
    expect(read(text, { label: 2 }).points[0]).toEqual([1, 2, 3]);
  });

  it("numbers to regress on", () => {
    const { data, classNames } = csvDataset("x,y,z\n1,2,3\n4,5,-.5", {
      features: ["x"],
      targets: ["z", "y"],
    });
    expect(data).toMatchObject({ dimensions: 1, targetSize: 2, targets: Float32Array.of(3, 2, -0.5, 5) });
    expect(data.labels).toBeUndefined();
    expect(classNames).toEqual(["z", "y"]);
  });

  it("classes that are numbers as numbers, other words by appearance", () => {
    expect(read("0,1\n1,1.0\n2,2\n3,+1e0")).toMatchObject({ labels: [0, 0, 1, 0], classNames: ["1", "2"] });
    expect(read("0,10\n1,9\n2,-0\n3,0")).toMatchObject({
      labels: [2, 1, 0, 0],
      classNames: ["-0", "9", "10"],
    });
    expect(read("0,b\n1,a\n2,b").classNames).toEqual(["b", "a"]);
  });

  it("a first row of numbers is a header only where its last word can be no class", () => {
    expect(read("1,target\n2,other\n3,other").labels).toEqual([0, 1, 1]);
    expect(read("2019,target\n2,0\n3,1").labels).toEqual([0, 1]);
    expect(read("1,label\n2,label\n3,other").labels).toEqual([0, 0, 1]);
    expect(read("5,class\n2,a\n3,b", { header: false }).labels).toEqual([0, 1, 2]);
  });

  it("no number changed but to 32 bits", () => {
    const { data } = csvDataset("52.51703,13.38886,a\n20231,20232,b");
    expect(data.points).toEqual(Float32Array.of(52.51703, 13.38886, 20231, 20232));
  });
});

describe("what is said", () => {
  it.each([
    ["x,y,c\n1,2,a\n3,4,b\n5,6,a", "1 header row, 3 rows of data."],
    ["#a\n#b\n1,a\n2,b", "2 comment lines."],
    ["1,5;a\n2,5;b", "Decimal commas."],
    ["id,x,c\n1,.5,a\n2,.7,b", 'Left out: "id", which counts the rows.'],
    ["name,x,c\nann,.5,a\nbob,.7,b", 'Left out: "name", which holds words.'],
    ["0,Red\n1,red \n2,red", '"Red" and "red" are two classes.'],
    ["0,x\n1,1\n2,2", 'Column 2 holds numbers, and "x" in row 1: taken as a class.'],
  ])("%j", (text, note) => {
    expect(csvDataset(text).notes).toContain(note);
  });

  it("nothing where there is nothing to say", () => {
    expect(csvDataset("1,a\n2,b").notes).toEqual([]);
  });
});

describe("what is refused", () => {
  it.each<[string, string, CsvDatasetOptions?]>([
    ["", "nothing in it"],
    ["\n \n", "nothing in it"],
    ["# only this\n", "nothing in it"],
    ["x,y,class\n", "there is a header, and no row below it"],
    ["1,2,a\n3,oops,b", 'Row 2, column 2: "oops" is not a number'],
    ["oops,2,a\n3,1,b", 'Row 1, column 1: "oops" is not a number'],
    ["x,class\n1,a\n,b", "Row 3, column 1: the number is missing."],
    ["x,class\n1,a\n\n# c\nNA,b\n2,b", 'Row 5, column 1: the number is missing ("NA").'],
    // A first row that is data, not a header.
    ["?,a\n1,b\n2,a\n3,b", 'Row 1, column 1: the number is missing ("?")'],
    ["50%,a\n1,b\n2,a\n3,b", 'Row 1, column 1: "50%" is not a number'],
    ["2024-05-01,a\n1,b\n2,a", "Row 1, column 1"],
    ["3 May,a\n1,b\n2,a", "Row 1, column 1"],
    ["NA,a\n1,b\n2,a", "Row 1, column 1"],
    ["null,a\n1,b\n2,a", "Row 1, column 1"],
    [",a\n1,b\n2,a", "Row 1, column 1"],
    ["1 000,a\n1,b\n2,a", 'Row 1, column 1: "1 000" is not a number'],
    ["0x10,a\n1,b\n2,a", "Row 1, column 1"],
    ["Infinity,1,a\n1,2,b", "Row 1, column 1"],
    // Classes that are missing.
    ["0,a\n1,NA\n2,b", 'Row 2, column 2: the class is missing ("NA").'],
    ["0,a\n1,nan\n2,b", "Row 2, column 2: the class is missing"],
    ["0,a\n1,?\n2,b", "Row 2, column 2: the class is missing"],
    ["1,2,a\n3,4,", "Row 2, column 3: the class is missing."],
    ["1,2,a\n3,4", "Row 2 has 2 columns where the first has 3"],
    ["1e300,a\n2,b", 'Row 1, column 1: "1e300" is not a finite 32-bit number'],
    ['"1,5",a\n2,b', "Write decimals with a point"],
    ["1,5;1.5;a\n3;4;b", "Write decimals with a point"],
    ["1\n2", "1 column"],
    ["1,a\n2,a", "all 2 points are of class 0"],
    ['1,"a\n2,b', "Row 1: a quote is opened and never closed"],
    ['1,a\n2,"b"c', "Row 2: text follows a closing quote"],
    ['1 a\n2 "b"c', "Row 2: text follows a closing quote"],
    ["16777217,a\n3,a\n16777216,b", "Rows 1 and 3: the points differ as given, but are equal as 32-bit"],
    ["x,c\n1,a\n2,b", 'options.label: there is no column "d". Known: "x", "c".', { label: "d" }],
    ["x,c\n1,a\n2,b", "options.features[0]: 3 is not a column", { features: [3] }],
    ["x,c\n1,a\n2,b", '"c" is the label', { features: ["x", "c"] }],
    ["x,c\n1,a\n2,b", "given twice", { features: ["x", "x"] }],
    ["x,c\n1,a\n2,b", "Row 2, column 2", { targets: ["c"] }],
    ["x,c\n1,a\n2,b", "options.targets: there is a label as well", { targets: ["x"], label: "c" }],
    ["x,c\n1,a\n2,b", 'options.separator: "|" is not possible', { separator: "|" as "," }],
  ])("%j", (text, message, options = {}) => {
    expect(() => csvDataset(text, options)).toThrow(message);
    expect(configErrorPath(() => csvDataset(text, options))).toMatch(/^(csv|data|options)/);
  });

  it("what is no text", () => {
    expect(configErrorPath(() => readCsv(null as unknown as string))).toBe("csv");
  });
});

it("points that only float32 makes equal are refused with other labels, and taken with the same", () => {
  const points = [16777217, 16777216, 5];
  expect(configErrorPath(() => classDataset({ points, labels: [0, 1, 0], dimensions: 1 }))).toBe(
    "data.points",
  );
  expect(classDataset({ points, labels: [0, 0, 1], dimensions: 1 }).size).toBe(3);
  // Given twice with both labels: noise, and no matter of rounding.
  expect(classDataset({ points: [1, 1], labels: [0, 1], dimensions: 1 }).size).toBe(2);
  expect(classDataset({ points: [0, -0], labels: [0, 1], dimensions: 1 }).size).toBe(2);
  const many = Array.from({ length: 50_000 }, (_, n) => 1e9 + n / 1000);
  const labels = many.map(() => 0).with(0, 1);
  expect(configErrorPath(() => classDataset({ points: many, labels, dimensions: 1 }))).toBe("data.points");
});
