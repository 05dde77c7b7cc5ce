import type { Message } from '../../core/channels/channel.ts';
import { layoutOf } from '../../core/channels/layout.ts';

const colours = { critical: '#b3261e', warning: '#8a6100', good: '#1e6b34' };

/** A mail's HTML: small, without images, links or scripts, and readable in dark mode too. */
export function mailHtml(message: Message): string {
  const { title, tone, paragraphs } = layoutOf(message);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escaped(title)}</title></head>
<body style="font:15px/1.5 sans-serif;margin:16px;max-width:640px">
<h1 style="font-size:18px;margin:0 0 12px;padding-left:10px;border-left:4px solid ${colours[tone]}">${escaped(title)}</h1>
${paragraphs.map((paragraph) => `<p style="margin:0 0 12px">${lines(paragraph)}</p>`).join('\n')}
</body></html>
`;
}

const lines = (text: string): string =>
  text
    .split('\n')
    .map((line) => escaped(line).replace(/^ +/, (spaces) => '&nbsp;'.repeat(spaces.length)))
    .join('<br>\n');

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character]!);
