/** Text that is already HTML. Only `html` and `trusted` make it, so no data gets onto a page unescaped. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | null | readonly Html[];

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** escapeHtml('<b>') // => '&lt;b&gt;' */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);

/** Markup that does not come from data: styles, and drawings whose texts are already escaped. */
export const trusted = (markup: string): Html => ({ markup });

export const nothing: Html = { markup: '' };

const render = (part: Part): string => {
  if (part === null) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map((each) => each.markup).join('\n');
};

// A page must not change when its template is reindented.
const unindented = (template: string): string => template.replace(/\s*\n\s*/g, '\n');

/** A template whose values are escaped, unless they are HTML themselves: html`<td>${level}</td>` */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html => ({
  markup: strings.map(unindented).reduce((text, next, index) => text + render(parts[index - 1] ?? null) + next),
});
