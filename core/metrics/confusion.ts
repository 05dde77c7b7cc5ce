/** The place of the largest of a row's probabilities; of equal ones the first. */
export function likeliestOf(scores: ArrayLike<number>, width: number, row = 0): number {
  const start = row * width;
  let best = 0;
  for (let place = 1; place < width; place++) if (scores[start + place]! > scores[start + best]!) best = place;
  return best;
}

/** How many rows of each class (a line of the table) were answered with each class (its columns), line by line. */
export function confusionOf(labels: ArrayLike<number>, width: number, answer: (row: number) => number): number[] {
  const table = new Array<number>(width * width).fill(0);
  for (let row = 0; row < labels.length; row++) table[labels[row]! * width + answer(row)]!++;
  return table;
}

/** A table of confusion with lines and columns of zeros for classes that were declared later. */
export function widened(confusion: readonly number[], width: number): number[] {
  const before = Math.sqrt(confusion.length);
  if (before >= width) return [...confusion];
  return Array.from({ length: width * width }, (_, i) => {
    const [line, column] = [Math.floor(i / width), i % width];
    return line < before && column < before ? confusion[line * before + column]! : 0;
  });
}

/** One class in a table of confusion. */
export interface ClassCounts {
  /** Rows of the class, rows taken for it, and those that are both. */
  rows: number;
  taken: number;
  right: number;
}

export function countsByClass(confusion: readonly number[]): ClassCounts[] {
  const width = Math.sqrt(confusion.length);
  return Array.from({ length: width }, (_, place) => {
    const counts = { rows: 0, taken: 0, right: confusion[place * width + place]! };
    for (let other = 0; other < width; other++) {
      counts.rows += confusion[place * width + other]!;
      counts.taken += confusion[other * width + place]!;
    }
    return counts;
  });
}

/** The share of each class among the rows. */
export function sharesOf(confusion: readonly number[]): number[] {
  const counts = countsByClass(confusion);
  const all = counts.reduce((sum, { rows }) => sum + rows, 0);
  return counts.map(({ rows }) => (all === 0 ? 0 : rows / all));
}

/** Of a class without rows that no row was taken for there is none: null. */
export const f1Of = ({ rows, taken, right }: ClassCounts): number | null =>
  rows + taken === 0 ? null : (2 * right) / (rows + taken);

/** What a declaration says of its classes. */
export interface Named {
  label: { classes?: readonly string[] | undefined; sensitive?: boolean | undefined };
}

/** The classes of a table of confusion by name; those of a sensitive label by number. */
export const classNames = ({ label }: Named, width: number): string[] =>
  Array.from({ length: width }, (_, place) =>
    label.sensitive ? `class ${place + 1}` : (label.classes?.[place] ?? `class ${place + 1}`),
  );

/** Of the rows taken for the class, the share that is of it; null if none was. */
export const precisionOf = ({ taken, right }: ClassCounts): number | null => (taken === 0 ? null : right / taken);
/** Of the class's rows, the share that was taken for it; null if there is none. */
export const recallOf = ({ rows, right }: ClassCounts): number | null => (rows === 0 ? null : right / rows);
