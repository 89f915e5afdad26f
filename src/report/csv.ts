/**
 * Tables as CSV (RFC 4180, `\n` line ends). What is not finite is left empty.
 */

/** A table as CSV. Cells are numbers or words without commas and quotes. */
export function csvTable(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cell = (value: string | number | null) =>
    value === null || (typeof value === "number" && !Number.isFinite(value)) ? "" : String(value);
  return `${[columns.join(","), ...rows.map((row) => row.map(cell).join(","))].join("\n")}\n`;
}
