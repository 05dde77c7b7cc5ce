import type { Figure } from '../alerts/figures.ts';
import type { Message } from './channel.ts';
import { layoutOf } from './layout.ts';

const colours = { critical: '#b3261e', warning: '#8a6100', good: '#1e6b34' };
const cell = 'padding:4px 8px 4px 0;text-align:left;vertical-align:top;border-bottom:1px solid #8886';

/** A mail's HTML: small, without images, links or scripts, and readable in dark mode too. */
export function mailHtml({
  figures = [],
  ...message
}: Pick<Message, 'telling' | 'severity' | 'subject' | 'text'> & { figures?: Figure[] | undefined }): string {
  const { title, tone, paragraphs } = layoutOf(message);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${escaped(title)}</title></head>
<body style="font:15px/1.5 sans-serif;margin:16px;max-width:720px">
<h1 style="font-size:18px;margin:0 0 12px;padding-left:10px;border-left:4px solid ${colours[tone]}">${escaped(title)}</h1>
${paragraphs.map(blocks).join('\n')}
${figures.map(table).join('\n')}
</body></html>
`;
}

const table = ({ caption, head, rows }: Figure): string =>
  `<h2 style="font-size:15px;margin:20px 0 4px">${escaped(caption)}</h2>
<table style="border-collapse:collapse;font-size:13px;line-height:1.4">
${[`<tr>${head.map((text) => `<th style="${cell}">${escaped(text)}</th>`).join('')}</tr>`, ...rows.map(row)].join('\n')}
</table>`;

const row = (texts: string[]): string =>
  `<tr>${texts.map((text) => `<td style="${cell}">${escaped(text)}</td>`).join('')}</tr>`;

/** Lines that begin with spaces are a list. */
function blocks(text: string): string {
  const all: { list: boolean; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const list = line.startsWith('  ');
    const last = all.at(-1);
    if (last?.list === list) last.lines.push(line.trim());
    else all.push({ list, lines: [line.trim()] });
  }
  return all
    .map(({ list, lines }) =>
      list
        ? `<ul style="margin:0 0 12px;padding-left:20px">${lines.map((line) => `<li>${escaped(line)}</li>`).join('\n')}</ul>`
        : `<p style="margin:0 0 12px">${lines.map(escaped).join('<br>\n')}</p>`,
    )
    .join('\n');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character]!);
