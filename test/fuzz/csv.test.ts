/**
 * Random texts and random tables: whatever comes, a table or a typed error that a person can read; and what was written
 * is read back equal. FUZZ_RUNS raises the number.
 */

import { csvFormatRows, dsvFormat } from "d3-dsv";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError, csvDataset, readCsv } from "../../src/index.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 300);

/** Text made of what tables are made of. */
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        ",",
        ";",
        "\t",
        " ",
        "\n",
        "\r\n",
        '"',
        "#",
        "1",
        "2.5",
        "1,5",
        "a",
        "NA",
        "?",
        "",
        "class",
        "-",
        "e",
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join("")),
);

test("any text gives a table, or a typed error in few words", () => {
  fc.assert(
    fc.property(text, (csv) => {
      for (const read of [readCsv, csvDataset, (csv: string) => csvDataset(csv, { targets: [1] })]) {
        try {
          read(csv);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          expect(error.message.length).toBeLessThan(300);
        }
      }
    }),
    { numRuns: RUNS },
  );
});

test("long texts of one mark are read in time", () => {
  for (const mark of ['"', ",", '",', " ", "\n", "#", '""', "1,", "a\n"]) {
    try {
      readCsv(mark.repeat(200_000));
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
    }
  }
});

/** A cell that is not blank at its ends, and does not make its row a comment. */
const word = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .map((cell) => `w${cell}w`)
  .filter((cell) => cell.trim() === cell);

test("cells are read as they were written, whatever the separator", () => {
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) =>
      fc.array(fc.array(word, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    );
  fc.assert(
    fc.property(
      table,
      fc.constantFrom(",", ";", "\t", " ") as fc.Arbitrary<"," | ";" | "\t" | " ">,
      (rows, separator) => {
        // Blanks part cells only where they are not quoted.
        const written =
          separator === " "
            ? rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(" ")).join("\n")
            : dsvFormat(separator).formatRows(rows);
        expect(readCsv(written, { separator, header: false }).rows).toEqual(rows);
      },
    ),
    { numRuns: RUNS },
  );
});

test("points and classes are read back to the bit", () => {
  const number = fc.float({ noNaN: true, noDefaultInfinity: true });
  const point = fc.tuple(number, number, fc.constantFrom("red", "blue", "green, or blue"));
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 20 }), (points) => {
      const rows = [...points, [0, 0, "first"], [1, 1, "second"]].map((row) => row.map(String));
      const { data, classNames } = csvDataset(csvFormatRows([["x", "y", "kind"], ...rows]));
      expect(data.size).toBe(rows.length);
      rows.forEach(([x, y, kind], n) => {
        expect(data.points[2 * n] + 0).toBe(Number(x) + 0);
        expect(data.points[2 * n + 1] + 0).toBe(Number(y) + 0);
        expect(classNames[data.labels![n]]).toBe(kind);
      });
    }),
    { numRuns: RUNS },
  );
});
