import { html, trusted, type Html } from '../pages/html.ts';

/** A command ends with its sentence: "then: perennial run fraud data. It will not repeat finished work." */
const COMMAND = /(?<=(?:: |^|\n|`|with |, or: ?\n?))perennial [a-z][^\n,;()`]*?(?=[.,;)`]?$|[.,;)`]\s|`|[,;()\n])/g;

/** The text of an alert, with its lines, and commands as code. */
export function withCommands(text: string): Html {
  const parts: Html[] = [];
  let from = 0;
  for (const { 0: command, index } of text.matchAll(COMMAND)) {
    parts.push(html`${text.slice(from, index)}`, html`<code>${command}</code>`);
    from = index + command.length;
  }
  parts.push(html`${text.slice(from)}`);
  return html`<p class="detail">${trusted(parts.map(({ markup }) => markup).join(''))}</p>`;
}
