/** Counting takes a twentieth of the time. */
const REST = 20;
/** An unanswered count is repeated after this long. */
const LONGEST_COUNT_MS = 60_000;

/** Counts again only after a pause of a multiple of the time that it took, by the machine's clock. */
export function sparingly<Count>(
  count: (names: readonly string[]) => Promise<Count>,
  machine: () => number = Date.now,
): (...names: readonly string[]) => Promise<Count> {
  const counted = new Map<string, { until: number; answer: Promise<Count> }>();
  return (...names) => {
    const key = names.join(' ');
    const began = machine();
    const known = counted.get(key);
    if (known && began < known.until) return known.answer;
    const entry = { until: began + LONGEST_COUNT_MS, answer: count(names) };
    counted.set(key, entry);
    entry.answer.then(
      () => (entry.until = machine() + REST * (machine() - began)),
      () => (entry.until = began),
    );
    return entry.answer;
  };
}
