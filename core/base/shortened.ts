/** A text with its end left out: shortened('electronics', 8) // => 'electro…' */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = Array.from(text);
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}\u2026` : text;
}

/** A value that a check names has so many characters: verdicts are read often, and names of levels can be pages. */
export const LONGEST_TOLD = 60;
