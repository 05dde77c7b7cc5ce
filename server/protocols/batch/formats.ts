import { NotAcceptable, NotTaken } from './problems.ts';

export type LineFormat = 'json lines' | 'csv';
export type TableFormat = 'parquet' | 'arrow stream' | 'arrow file';
export type BatchFormat = LineFormat | TableFormat;

/** The first one of a format is what an answer is called. */
const types: Record<BatchFormat, readonly string[]> = {
  'json lines': ['application/x-ndjson', 'application/jsonl'],
  csv: ['text/csv'],
  parquet: ['application/vnd.apache.parquet', 'application/x-parquet'],
  'arrow stream': ['application/vnd.apache.arrow.stream'],
  'arrow file': ['application/vnd.apache.arrow.file'],
};
const formats = Object.keys(types) as BatchFormat[];
const names = formats.map((format) => types[format][0]!).join(', ');

export const batchTypes = Object.values(types).flat();
export const isTable = (format: BatchFormat): format is TableFormat => format !== 'json lines' && format !== 'csv';
export const typeOf = (format: BatchFormat): string => types[format][0]! + (format === 'csv' ? '; charset=utf-8' : '');

const named = (type: string): BatchFormat | undefined => formats.find((format) => types[format].includes(type));
const plain = (type: string): string => type.split(';')[0]!.trim().toLowerCase();

/** The format of a body, by its content type. */
export function sentIn(contentType = ''): BatchFormat {
  const format = named(plain(contentType));
  if (format) return format;
  throw new NotTaken(`A batch is not taken as "${plain(contentType).slice(0, 100)}"; send one of ${names}.`);
}

/** The format of the answer: the first one that is accepted and known, or the body's own where any will do. */
export function answeredIn(accept: string | undefined, sent: BatchFormat): BatchFormat {
  if (accept === undefined) return sent;
  const wanted = accept
    .split(',')
    .map((range) => ({ type: plain(range), weight: Number(/;\s*q=([\d.]+)/i.exec(range)?.[1] ?? 1) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { type } of wanted) {
    const [family, kind] = type.split('/');
    if (type === '*/*' || (kind === '*' && typeOf(sent).startsWith(`${family}/`))) return sent;
    const format = named(type);
    if (format) return format;
  }
  throw new NotAcceptable(`No batch is answered as "${accept.slice(0, 100)}"; accept one of ${names}.`);
}
