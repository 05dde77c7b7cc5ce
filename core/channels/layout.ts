import type { Message } from './channel.ts';

/** A message for channels with a layout of their own. */
export interface Layout {
  title: string;
  tone: 'critical' | 'warning' | 'good';
  /** Each of one or more lines. */
  paragraphs: string[];
}

/** The title without what the subject of a mail needs, and the text without its first line, which is the title. */
export function layoutOf({
  telling,
  severity,
  subject,
  text,
}: Pick<Message, 'telling' | 'severity' | 'subject' | 'text'>): Layout {
  const title = subject.replace(/^\[perennial \w+\] /, '');
  const [first = '', ...rest] = text.split('\n\n');
  return {
    title,
    tone: telling === 'resolved' || severity === 'info' ? 'good' : severity,
    paragraphs: title.endsWith(first) ? rest : [first, ...rest],
  };
}
