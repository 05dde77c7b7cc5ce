/**
 * The word that a misspelt one most likely means; null where none is near. One that shares no letter with it is not.
 * closest('candidate', ['columns', 'candidates']) // => 'candidates'
 */
export function closest(word: string, known: readonly string[]): string | null {
  const most = (other: string): number => Math.max(1, Math.floor(Math.max(word.length, other.length) / 3));
  const [first] = known
    .map((other) => ({ other, edits: editsBetween(word.toLowerCase(), other.toLowerCase(), most(other)) }))
    .filter(({ other, edits }) => edits <= most(other) && edits < Math.max(word.length, other.length, 1))
    .sort((a, b) => a.edits - b.edits);
  return first?.other ?? null;
}

/** Letters to add, drop, change or swap with their neighbour: https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance */
function editsBetween(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return Infinity;
  let [before, last]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const least = Math.min(last![j]! + 1, row[j - 1]! + 1, last![j - 1]! + (isSame ? 0 : 1));
      row.push(isSwapped ? Math.min(least, before![j - 2]! + 1) : least);
    }
    [before, last] = [last, row];
  }
  return last![other.length]!;
}
